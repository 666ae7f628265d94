// Loads the packages of the server one after the other, then starts it. Writes what each adds to $PARTS; the last line
// is written at SIGUSR2, when the server runs. Needs --expose-gc.
import { appendFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** What the last stage adds is the server itself, by the name in $SERVER. */
const stages = {
  "Node's modules for HTTP, HTTP/2, TLS, cluster": [
    ...['node:http', 'node:https', 'node:http2', 'node:tls', 'node:cluster', 'node:zlib'],
    ...['node:crypto', 'node:worker_threads', 'node:child_process'],
  ],
  '`pino`, `js-yaml`, `jose`, `lru-cache`, `commander`': [
    ...['pino', 'js-yaml', 'jose', 'lru-cache', 'commander'],
  ],
  '`@grpc/grpc-js`, `protobufjs`, health, reflection': [
    ...['@grpc/grpc-js', '@grpc/proto-loader', 'grpc-health-check', '@grpc/reflection'],
  ],
  '`express`': ['express'],
}

let before = { resident: 0, collected: 0 }
async function report(part) {
  for (let i = 0; i < 3; i++) {
    globalThis.gc()
    await wait(50)
  }
  const { rss, heapUsed, external } = process.memoryUsage()
  const now = { resident: rss, collected: heapUsed + external }
  const added = {
    resident: now.resident - before.resident,
    collected: now.collected - before.collected,
  }
  before = now
  appendFileSync(process.env.PARTS, `${JSON.stringify({ part, ...added })}\n`)
}

await report('Node itself')
for (const [part, modules] of Object.entries(stages)) {
  for (const name of modules) await import(name)
  await report(part)
}
process.on('SIGUSR2', () => report(process.env.SERVER))
await import('../../dist/main.js')
