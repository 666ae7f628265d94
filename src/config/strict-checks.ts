/** Settings of Oathkeeper that are unsafe: the server starts without their effect, `--strict` refuses to start. */
import { anyOrigin } from '../lib/origins.ts'
import type { Check } from './checks.ts'

export const strictChecks: Check = ({ serve }) =>
  (['api', 'proxy'] as const).flatMap(door => {
    const { enabled, allow_credentials: credentials, allowed_origins: origins } = serve[door].cors
    if (!enabled || !credentials || !anyOrigin(origins)) return []
    const section = `serve.${door}.cors`
    return [
      {
        path: ['serve', door, 'cors', 'allow_credentials'],
        found: 'true together with any origin',
        expected: `false, or the origins of your pages in ${section}.allowed_origins: until then no answer has Access-Control-Allow-Credentials, because any web page could act as the user`,
      },
    ]
  })
