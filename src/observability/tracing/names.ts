/** Names of spans, equal to Oathkeeper's. */
import type { AccessRequest } from '../../model/request.ts'
import type { Stage } from '../../model/trace.ts'

const grpcMethod = 'envoy.service.auth.v3.Authorization/Check'

export function spanName({ door, raw }: AccessRequest): string {
  if (door === 'grpc') return grpcMethod
  if (door !== 'decisions') return door
  return /^\/decisions(?:\?|$)/.test(raw.target) ? '/decisions' : '/decisions/'
}

/** True for health probes and scrapes of metrics, also through the proxy. */
export const isUntraced = ({ raw }: AccessRequest): boolean =>
  /^\/(?:admin\/)?(?:health|metrics)/.test(raw.target)

export const matchName = 'RepositoryMemory.Match'
export const upstreamName = 'upstream'

const stages: Readonly<Record<Stage, readonly [folder: string, type: string, verb: string]>> = {
  authenticator: ['authn', 'Authenticator', 'Authenticate'],
  authorizer: ['authz', 'Authorizer', 'Authorize'],
  mutator: ['mutate', 'Mutator', 'Mutate'],
  error: ['errors', 'Error', 'Handle'],
}

const words: Readonly<Record<string, string>> = {
  jwt: 'JWT',
  json: 'JSON',
  noop: 'NoOp',
  oauth2: 'OAuth2',
  id: 'ID',
  acp: 'ACP',
  ory: 'ORY',
  www: 'WWW',
}

/** `pipeline.authn.AuthenticatorJWT.Authenticate` */
export function handlerName(stage: Stage, handler: string): string {
  const [folder, type, verb] = stages[stage]
  const name = handler.split('_').map(word => words[word] ?? capital(word))
  return `pipeline.${folder}.${type}${name.join('')}.${verb}`
}

const capital = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1)
