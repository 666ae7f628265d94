/** Rules that allow everything below /matched and send the upstream a description of the matched request. */
import { matched } from './matched.ts'

interface Rule {
  readonly id: string
  readonly authenticators?: readonly object[]
  readonly upstream?: object
}

const rule = ({ id, ...parts }: Rule): object => ({
  id,
  match: { url: `<https?>://<[^/]+>/${id}<(/.*)?>`, methods: ['GET', 'POST', 'OPTIONS', 'HEAD'] },
  authenticators: [{ handler: 'anonymous' }],
  authorizer: { handler: 'allow' },
  mutators: [{ handler: 'header', config: { headers: { 'X-User': matched } } }],
  ...parts,
})

export const describingRules = (...others: readonly object[]): readonly object[] => [
  rule({ id: 'matched' }),
  ...others,
]

export const describingRulesFor = (url: string): readonly object[] => {
  const upstream = { url, preserve_host: true }
  return [
    rule({ id: 'matched', upstream }),
    { ...rule({ id: 'admin', upstream }), authorizer: { handler: 'deny' } },
  ]
}
