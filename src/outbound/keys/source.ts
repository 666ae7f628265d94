/** Converts the location of a key set to a function that loads its text. */
import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { resolve } from 'node:path'
import { readablePath } from '../../lib/reach.ts'
import type { Signal } from '../../lib/signal.ts'
import { isTransientStatus } from '../../lib/transient-status.ts'
import type { Http } from '../http/call.ts'

/** `text` is a byte string; `again`: a retry may succeed soon. */
export type Loaded =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unavailable'; readonly reason: string; readonly again: boolean }

export type Load = (signal: Signal) => Promise<Loaded>

export interface SourceOptions {
  readonly http: Http
  /** Largest file, in bytes. */
  readonly bytes: number
}

const unavailable = (reason: string, again = false): Loaded => ({
  kind: 'unavailable',
  reason,
  again,
})

const form = /^([a-z][a-z0-9+.-]*):(?:\/\/)?(.*)$/is

export function compileSource(location: string, options: SourceOptions): Load {
  const [, scheme = '', rest = ''] = form.exec(location) ?? []
  switch (scheme.toLowerCase()) {
    case 'http':
    case 'https':
      return signal => loadHttp(location, options.http, signal)
    case 'file':
      return () => loadFile(decoded(rest), options.bytes)
    case 'inline':
    case 'base64':
      return async () => ({ kind: 'text', text: Buffer.from(rest, 'base64').toString('latin1') })
    default:
      return async () => unavailable(`keys cannot be read from "${scheme}:" locations`)
  }
}

async function loadHttp(url: string, http: Http, signal: Signal): Promise<Loaded> {
  const reply = await http.send({ method: 'GET', url, redirects: 3, signal })
  if (reply.kind === 'failure') return unavailable(reply.info.reason ?? reply.info.message, true)
  const { status, body } = reply
  if (status >= 200 && status < 400) return { kind: 'text', text: body.toString('latin1') }
  return unavailable(`status ${status}`, isTransientStatus(status))
}

async function loadFile(path: string, bytes: number): Promise<Loaded> {
  try {
    return await readFileBounded(path, bytes)
  } catch (error) {
    return unavailable((error as Error).message)
  }
}

/** Only reads regular files: a pipe or device could block when it is opened or read. */
async function readFileBounded(path: string, bytes: number): Promise<Loaded> {
  const file = await open(readablePath(resolve(path)), constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stat = await file.stat()
    if (!stat.isFile()) return unavailable('not a regular file')
    if (stat.size > bytes) return unavailable(`longer than ${bytes} bytes`)
    return { kind: 'text', text: (await file.readFile()).toString('latin1') }
  } finally {
    await file.close()
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
