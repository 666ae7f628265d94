/** What a door gives to the server in front of it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

export type RequestListener = (incoming: IncomingMessage, response: ServerResponse) => void

/** A request that asks for another protocol on its connection; `head` is what came behind it. */
export type UpgradeListener = (incoming: IncomingMessage, socket: Duplex, head: Buffer) => void
