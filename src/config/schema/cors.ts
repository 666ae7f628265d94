import { flag, section, texts } from './parts.ts'

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'TRACE', 'PATCH'] as const
const usualMethods: readonly (typeof methods)[number][] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

export const cors = section('CORS: which web pages of other origins may call this port.', {
  enabled: flag(false, 'Answer pre-flight requests and add the CORS headers to answers.'),
  allowed_origins: {
    type: 'array',
    items: { type: 'string', minLength: 1 },
    uniqueItems: true,
    default: ['*'],
    description:
      'Origins that may call. `*` means any origin; one `*` inside an entry stands for any text.',
  },
  allowed_methods: {
    type: 'array',
    items: { type: 'string', enum: methods },
    default: usualMethods,
    description: 'Methods that web pages may use.',
  },
  allowed_headers: texts(
    ['Authorization', 'Content-Type'],
    'Request headers that web pages may send. `*` means any header.',
  ),
  exposed_headers: texts(['Content-Type'], 'Response headers that web pages may read.'),
  allow_credentials: flag(
    false,
    'Allow web pages to send cookies. It has no effect, and a warning is logged, when `allowed_origins` allows any origin.',
  ),
  max_age: {
    type: 'integer',
    default: 0,
    description:
      'How many seconds a browser may cache the answer to a pre-flight request. 0: the header is not sent.',
  },
  debug: flag(false, 'Log each CORS decision.'),
})
