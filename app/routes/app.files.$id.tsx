import type { ActionFunctionArgs, HeadersFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { TitleBar } from '@shopify/app-bridge-react';
import { Badge, Page } from '@shopify/polaris';
import { boundary } from '@shopify/shopify-app-remix/server';
import { z } from 'zod';
import { readBody } from '#app/action-body.server.ts';
import { FileView } from '#app/components/files/file-view.tsx';
import { useDownload } from '#app/components/files/use-download.tsx';
import { useRefresh } from '#app/components/use-refresh.ts';
import { FILE_WORDS, KIND_WORDS } from '#app/components/words.ts';
import { filePage } from '#app/queries/file-page.server.ts';
import { readProblemsView } from '#app/queries/file-problems.server.ts';
import { actOnFile, FILE_ACTS } from '#app/services/act-on-file.server.ts';
import { actorOf, currentShop } from '#app/services/current-shop.server.ts';

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: `${data?.name ?? 'File'} · Threadline` },
];

export { clientAction } from '#app/components/client-action.ts';

export const headers: HeadersFunction = (args) => boundary.headers(args);

export async function loader({ request, context, params }: LoaderFunctionArgs) {
  const { session } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  const view = readProblemsView(new URL(request.url).searchParams);
  const page = await filePage(context.threadline, shop, params['id'] ?? '', view);
  if (page === null) {
    throw new Response(null, { status: 404 });
  }
  return page;
}

const BODY = z.object({ intent: z.enum(FILE_ACTS) });

export async function action({ request, context, params }: ActionFunctionArgs) {
  const { session, sessionToken } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  const { intent } = await readBody(request, BODY);
  const answer = await actOnFile(context.threadline, shop.id, {
    fileId: params['id'] ?? '',
    actor: actorOf(sessionToken),
    intent,
  });
  if (answer === null) {
    throw new Response(null, { status: 404 });
  }
  return answer;
}

export default function File() {
  const file = useLoaderData<typeof loader>();
  useRefresh(file.isLive);
  const original = useDownload('download-original');
  const { word, tone } = FILE_WORDS[file.status];
  return (
    <Page
      title={file.name}
      subtitle={`${file.kind === null ? 'Unknown kind' : KIND_WORDS[file.kind]} for ${file.connection}`}
      titleMetadata={<Badge tone={tone}>{word}</Badge>}
      backAction={{ content: 'Files', url: '/app/files' }}
      secondaryActions={[
        {
          content: 'Download original',
          onAction: original.start,
          loading: original.isBusy,
          disabled: file.path === null,
        },
      ]}
    >
      <TitleBar title="File" />
      {original.problem}
      <FileView file={file} />
    </Page>
  );
}
