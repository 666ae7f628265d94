/** The functions of an HTTP door that a server calls. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

export type RequestListener = (incoming: IncomingMessage, response: ServerResponse) => void

/** Handles a request with `Upgrade`; `head` are bytes that were received after it. */
export type UpgradeListener = (incoming: IncomingMessage, socket: Duplex, head: Buffer) => void
