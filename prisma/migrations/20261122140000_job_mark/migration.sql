-- When each job that concerns the whole installation last ended well: how the operator sees that workers live. Only an addition.

-- CreateTable
CREATE TABLE "job_mark" (
    "name" TEXT NOT NULL,
    "done_at" TIMESTAMPTZ NOT NULL,

    CONSTRAINT "job_mark_pkey" PRIMARY KEY ("name")
);
