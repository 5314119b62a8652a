import type { ActionFunctionArgs, HeadersFunction, LoaderFunctionArgs, MetaFunction } from '@remix-run/node';
import { useLoaderData, useLocation, type ShouldRevalidateFunction } from '@remix-run/react';
import { boundary } from '@shopify/shopify-app-remix/server';
import { z } from 'zod';
import { readBody } from '#app/action-body.server.ts';
import { MappingPageFrame } from '#app/components/mappings/mapping-page-frame.tsx';
import type { FormAnswer } from '#app/domain/form-answer.ts';
import { isScope } from '#app/domain/mapping-form.ts';
import { MAPPING_SCOPES } from '#app/domain/rules.ts';
import { mappingPage, newMappingPage } from '#app/queries/mapping-page.server.ts';
import { actorOf, currentShop } from '#app/services/current-shop.server.ts';
import { removeMapping } from '#app/services/remove-mapping.server.ts';
import { saveMapping } from '#app/services/save-mapping.server.ts';
import { toggleMapping } from '#app/services/toggle-mapping.server.ts';

const uuid = z.string().uuid();
const body = z.discriminatedUnion('intent', [
  z.object({
    intent: z.literal('save'),
    mappingId: uuid,
    value: z.object({
      version: z.string().nullable(),
      connectionId: uuid.nullable(),
      scope: z.enum(MAPPING_SCOPES),
      target: z.string(),
      description: z.string(),
      blank: z.string(),
      rules: z.array(z.unknown()),
    }),
  }),
  z.object({ intent: z.literal('remove'), mappingId: uuid }),
  z.object({ intent: z.literal('toggle'), mappingId: uuid, enabled: z.boolean() }),
]);

export const meta: MetaFunction<typeof loader> = ({ data }) => [
  { title: `${data?.page.title ?? 'Mapping'} · Threadline` },
];

export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const { session, redirect } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  if (params['id'] === 'new') {
    const asked = new URL(request.url).searchParams;
    const scope = asked.get('scope');
    const page = await newMappingPage(context.threadline, shop.id, {
      scope: isScope(scope) ? scope : 'customer',
      connectionId: uuid.safeParse(asked.get('connection')).data ?? null,
      from: uuid.safeParse(asked.get('from')).data ?? null,
    });
    return { page };
  }
  const id = uuid.safeParse(params['id']).data;
  if (id === undefined) {
    throw new Response(null, { status: 404 });
  }
  const page = await mappingPage(context.threadline, shop.id, id);
  if (page === null) {
    // One that was removed can be brought back there; one that never was is not found there, either.
    throw redirect(`/app/mappings/${id}/history`);
  }
  return { page };
}

export async function action({ request, context }: ActionFunctionArgs) {
  const { session, sessionToken } = await context.shopify.authenticate.admin(request);
  const shop = await currentShop(context.threadline, session.shop);
  const { mappingId, ...input } = await readBody(request, body);
  const who = { mappingId, actor: actorOf(sessionToken) };
  let answer: FormAnswer | null;
  switch (input.intent) {
    case 'save': {
      const { version, connectionId, ...draft } = input.value;
      answer = await saveMapping(context.threadline, shop.id, { ...who, version, connectionId, draft });
      break;
    }
    case 'remove':
      answer = await removeMapping(context.threadline, shop.id, who);
      break;
    case 'toggle':
      answer = await toggleMapping(context.threadline, shop.id, { ...who, enabled: input.enabled });
      break;
  }
  if (answer === null) {
    throw new Response(null, { status: 404 });
  }
  return answer;
}

// After a refusal the page keeps what it was opened with: what is typed belongs to that. One that is removed is left.
export const shouldRevalidate: ShouldRevalidateFunction = ({
  actionResult,
  json,
  defaultShouldRevalidate,
}) => {
  const isRefused = (actionResult as FormAnswer | undefined)?.ok === false;
  const isRemoved = (json as { intent?: string } | undefined)?.intent === 'remove';
  return !isRefused && !isRemoved && defaultShouldRevalidate;
};

export const headers: HeadersFunction = (args) => boundary.headers(args);

export default function MappingRoute() {
  const { page } = useLoaderData<typeof loader>();
  const { search } = useLocation();
  return (
    <MappingPageFrame
      page={page}
      isJustSaved={new URLSearchParams(search).has('saved')}
      editorKey={page.isNew ? `new${search}` : page.id}
    />
  );
}
