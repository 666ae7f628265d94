/**
 * The gRPC port at which sessions are recorded and replayed: its door, health and reflection, with a decision for each
 * path. It needs no configuration, so that a replay costs little.
 */
import assert from 'node:assert/strict'
import type { Duplex } from 'node:stream'
import { createGate } from '../../../../src/doors/gate.ts'
import { createCheck } from '../../../../src/doors/grpc/door.ts'
import { createServices } from '../../../../src/doors/grpc/services/services.ts'
import { createOnRequest } from '../../../../src/doors/grpc/wire/direct/requests.ts'
import { createTrust } from '../../../../src/doors/request/trust.ts'
import { createBounds } from '../../../../src/http2/bounds.ts'
import { serveSession } from '../../../../src/http2/session.ts'
import type { Allow, Decide, Decision, Deny } from '../../../../src/model/decision.ts'
import { failure } from '../../../../src/model/failure.ts'
import type { AccessRequest } from '../../../../src/model/request.ts'
import { withSession } from '../../../../src/model/session.ts'
import { routeOf, sessionOptions } from '../../../support/http2-peer.ts'
import { defaultPaths } from '../../../support/paths.ts'
import { requestTo, sessionOf } from '../../../support/request.ts'

/** A request for this path is allowed at once, one for `bodyPath` when its body is `body`, and others are denied. */
export const allowedPath = '/orders'
export const bodyPath = '/upload'
export const deniedPath = '/none'
export const body: Buffer = Buffer.alloc(300, 'a body ')

export interface Port {
  readonly serve: (socket: Duplex) => void
  /** Nothing counts as held. */
  readonly isEmpty: () => boolean
}

const bytes = 10_000_000
const ample = 100_000
const bodyBytes = 1000

export function createPort(): Port {
  const services = createServices()
  services.setServing(true)
  const bounds = createBounds({ bytes, holders: 10_000 })
  const options = sessionOptions({ bounds })
  const answer = createCheck({
    decide,
    gate: createGate(1000),
    trust: createTrust([]),
    paths: defaultPaths,
    limits: { pathBytes: ample, headerBytes: ample, bodyBytes },
    decisionTimeout: 60_000,
    onDoorDenial: () => undefined,
    onBug: assert.ifError,
  })
  const onRequest = createOnRequest(routeOf(options, { answer, methods: services }))
  return {
    serve: socket => void serveSession(socket, { ...options, onRequest }, () => undefined),
    isEmpty: () => {
      const probe = { held: 0, until: 0, giveUp: () => undefined }
      const isFree = bounds.hold(probe, bytes)
      bounds.release(probe)
      return isFree
    },
  }
}

const decide: Decide = request => {
  if (request.path === bodyPath) return decideByBody(request)
  return request.path === allowedPath ? allow : deny
}

async function decideByBody(request: AccessRequest): Promise<Decision> {
  const read = await request.body?.bytes(bodyBytes)
  return read?.complete && read.bytes.equals(body) ? allow : deny
}

const allow: Allow = {
  kind: 'allow',
  rule: 'r',
  session: withSession(sessionOf(requestTo('http://app.example/')), {
    headers: new Map([['X-User', ['guest']]]),
  }),
  changes: {
    remove: ['X-Role'],
    owned: new Set(),
    response: new Map(),
    query: { set: new Map(), remove: [] },
    metadata: {},
  },
  upstream: undefined,
}

const deny: Deny = {
  kind: 'deny',
  failure: failure('not_found', { message: 'no rule' }),
  reply: { kind: 'reply', status: 404, headers: new Map(), body: 'not found' },
}
