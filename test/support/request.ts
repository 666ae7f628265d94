import { createRequest, deadlineOf } from '../../src/doors/request/access-request.ts'
import { headersOf } from '../../src/doors/request/headers.ts'
import { splitTarget } from '../../src/doors/request/path.ts'
import { bytesOf } from '../../src/lib/bytes.ts'
import type { AccessRequest, DoorName } from '../../src/model/request.ts'
import type { Session } from '../../src/model/session.ts'
import { emptySession } from '../../src/rules/match-context.ts'

export interface RequestOptions {
  readonly method?: string
  readonly door?: DoorName
  readonly headers?: readonly (readonly [name: string, value: string])[]
  /** Milliseconds. */
  readonly timeout?: number
  readonly address?: string
  readonly body?: AccessRequest['body'] | undefined
  readonly onHangUp?: (abort: () => void) => void
}

/** A request as a door makes it from a normalised URL. */
export function requestTo(url: string, options: RequestOptions = {}): AccessRequest {
  const [, scheme = '', host = '', target = ''] = /^([^:]+):\/\/([^/?]*)(.*)$/.exec(url) ?? []
  const { path, query = '' } = splitTarget(bytesOf(target))
  const {
    method = 'GET',
    door = 'decisions',
    headers = [],
    timeout,
    address = '127.0.0.1',
  } = options
  return createRequest(
    {
      door,
      method,
      scheme,
      host,
      path,
      query,
      raw: { target: bytesOf(target), host },
      headers: headersOf(headers.flat()),
      client: { address, peer: address },
      body: options.body,
      context: new Map(),
      metadata: {},
    },
    { deadline: deadlineOf(timeout, 10_000), onHangUp: options.onHangUp ?? (() => undefined) },
  )
}

/** The session at the start of the pipeline, with the given capture groups. */
export const sessionOf = (request: AccessRequest, groups: readonly string[] = []): Session =>
  emptySession({ id: 'r', captures: () => ({ groups, named: new Map() }) }, request)
