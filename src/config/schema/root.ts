/** The complete schema of a configuration file, assembled from its parts. */

import { cache } from './cache.ts'
import { handlers } from './handlers.ts'
import { limits } from './limits.ts'
import { log } from './log.ts'
import { outbound } from './outbound.ts'
import { choice, section } from './parts.ts'
import { resources } from './resources.ts'
import { accessRules } from './rules.ts'
import { serve } from './serve.ts'
import { tracing } from './tracing.ts'

const templates = section('Templates in handlers.', {
  allow: {
    type: 'array',
    items: { type: 'string', enum: ['env', 'expandenv', 'getHostByName'] },
    default: [],
    description:
      'Functions that read from outside the request (environment variables, DNS) and may be used in templates.',
  },
})

const version = {
  type: 'string',
  pattern:
    '^v(?:0|[1-9]\\d*)\\.(?:0|[1-9]\\d*)\\.(?:0|[1-9]\\d*)(?:-[0-9A-Za-z.-]+)?(?:\\+[0-9A-Za-z.-]+)?$',
  description: 'The version that the file was written for. It has no effect.',
} as const

/** Everything except the handlers, as constants from which types are derived. */
export const settings = {
  version,
  serve,
  access_rules: accessRules,
  resources,
  limits,
  outbound,
  cache,
  templates,
  log,
  tracing,
  profiling: choice(
    ['cpu', 'mem', ''],
    '',
    'Accepted so that configurations of Oathkeeper can be read. It has no effect.',
  ),
} as const

export const configSchema = section('The configuration of Oarlock.', { ...settings, ...handlers })
