/** Records sessions of real clients at the gRPC port: `make record-sessions`, or `make record-sessions CLIENT=curl` for one. */
import { clients, versionOf } from './clients.ts'
import { writeRecording } from './format.ts'
import { createPort } from './port.ts'
import { startRelay } from './relay.ts'

const only = process.env['CLIENT']

for (const [name, client] of Object.entries(clients)) {
  if (only !== undefined && only !== name) continue
  const finishes: (() => void | Promise<void>)[] = []
  const t = { after: (finish: () => void | Promise<void>) => void finishes.unshift(finish) }
  try {
    const port = createPort()
    const relay = await startRelay(t, port)
    await client.run(t, relay.port)
    const sessions = await relay.sessions()
    writeRecording(name, { client: `${name} ${await versionOf(client)}`, sessions })
    process.stdout.write(`${name}: ${sessions.length} sessions\n`)
  } finally {
    for (const finish of finishes) await finish()
  }
}
