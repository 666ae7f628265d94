import { flag, section, texts } from './parts.ts'

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'TRACE', 'PATCH'] as const
const usualMethods: readonly (typeof methods)[number][] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

export const cors = section('Which web pages of other origins may call.', {
  enabled: flag(false, 'Answer preflight requests and add the CORS headers.'),
  allowed_origins: {
    type: 'array',
    items: { type: 'string', minLength: 1 },
    uniqueItems: true,
    default: ['*'],
    description:
      'Allowed origins; `*` allows any, and one `*` inside an entry matches a part of it.',
  },
  allowed_methods: {
    type: 'array',
    items: { type: 'string', enum: methods },
    default: usualMethods,
    description: 'Methods that pages may use.',
  },
  allowed_headers: texts(
    ['Authorization', 'Content-Type'],
    'Headers that pages may send; `*` is any.',
  ),
  exposed_headers: texts(['Content-Type'], 'Headers of the answer that pages may read.'),
  allow_credentials: flag(
    false,
    'Allow pages to send cookies; without effect, and with a warning, if `allowed_origins` allows any origin.',
  ),
  max_age: {
    type: 'integer',
    default: 0,
    description: 'Seconds for which browsers may cache a preflight answer; 0: not sent.',
  },
  debug: flag(false, 'Log each CORS decision.'),
})
