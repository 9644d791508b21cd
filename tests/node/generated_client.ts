// What a partner writes against types that `openapi-typescript` made of an agency's /openapi.json: `tsc --strict` alone reads it.
import type { components, paths } from './openapi'

type Answer<P extends keyof paths, M extends keyof paths[P], S extends number> = paths[P][M] extends {
  responses: { [status in S]: { content: { 'application/json': infer Body } } }
}
  ? Body
  : never

async function asked<Body>(method: string, path: string, token: string, body?: unknown): Promise<Body> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await fetch(path, { method, headers, body: body === undefined ? null : JSON.stringify(body) })
  if (!answer.ok) throw (await answer.json()) as components['schemas']['Problem']
  return (await answer.json()) as Body
}

type Page = Answer<'/v1/inbox', 'get', 200>
type Sent = Answer<'/v1/inbox/{event_id}/acknowledge', 'post', 202>

export async function acknowledgeAll(url: string, token: string, after = ''): Promise<string> {
  const page = await asked<Page>('GET', `${url}/v1/inbox?after=${encodeURIComponent(after)}`, token)
  for (const item of page.items) {
    if (item.event === undefined || item.withdrawn === true) continue
    const stage: components['schemas']['AcknowledgeRequest'] = { stage: 'received' }
    const sent = await asked<Sent>('POST', `${url}/v1/inbox/${item.event}/acknowledge`, token, stage)
    const events: readonly string[] = sent.events
    if (events.length === 0) throw new Error('nothing was published')
  }
  return page.more ? page.cursor : ''
}

// @ts-expect-error: `tsc` ends with an error if a member that is not there compiles
export const misspelt = (page: Page) => page.items.map((item) => item.withdrew)

export async function send(url: string, token: string, record: Record): Promise<Answer<'/v1/referrals', 'post', 202>> {
  return asked('POST', `${url}/v1/referrals`, token, record)
}
type Record = NonNullable<paths['/v1/referrals']['post']['requestBody']>['content']['application/json']
