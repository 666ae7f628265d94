/** Rules under which everything below /judged passes, and the upstream hears what was judged. */
import { judged } from './judged.ts'

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
  mutators: [{ handler: 'header', config: { headers: { 'X-User': judged } } }],
  ...parts,
})

export const judging = (...others: readonly object[]): readonly object[] => [
  rule({ id: 'judged' }),
  ...others,
]

export const judgingBefore = (url: string): readonly object[] => {
  const upstream = { url, preserve_host: true }
  return [
    rule({ id: 'judged', upstream }),
    { ...rule({ id: 'admin', upstream }), authorizer: { handler: 'deny' } },
  ]
}
