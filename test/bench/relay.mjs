/** Calls one service for each request and answers, without anything else. For comparison in the benchmark. */
import { createServer } from 'node:http'
import { Agent, request } from 'undici'

const { PORT, URL: target } = process.env
const whole = target.endsWith('/hydrate')
const dispatcher = new Agent({ connections: 256 })

createServer(async (incoming, response) => {
  const [, rule = ''] = /^\/svc(\d+)\//.exec(incoming.url ?? '') ?? []
  if (rule === '' || Number(rule) >= 10) return response.writeHead(404).end()
  // The hydrator receives the whole request: its headers, and again in the body.
  const { host, ...own } = whole ? incoming.headers : {}
  const body = JSON.stringify({ subject: host ?? 'guest', path: incoming.url, header: own })
  const answer = await request(target, {
    method: 'POST',
    headers: { ...own, 'content-type': 'application/json' },
    body,
    dispatcher,
  })
  await answer.body.text()
  response.writeHead(200, { 'X-User': 'guest' }).end()
}).listen(Number(PORT), '127.0.0.1')
