import { privateNetworks } from '../../doors/request/trust.ts'
import { cors } from './cors.ts'
import {
  choice,
  count,
  duration,
  flag,
  host,
  port,
  section,
  socket,
  socketMode,
  text,
} from './parts.ts'
import { tls } from './tls.ts'

const timeout = section('Time limits of one connection.', {
  read: duration('5s', 'For a whole request, its body included.'),
  write: duration('120s', 'For the answer.'),
  idle: duration('120s', 'Between two requests of a connection.'),
})

const trustedProxies = {
  type: 'array',
  items: { type: 'string', format: 'cidr' },
  default: privateNetworks,
  description: 'Networks whose forwarding headers are believed; an empty list: nobody.',
} as const

const dialects = ['auto', 'off', 'envoy', 'x-forwarded', 'x-original'] as const

const api = section('The decision API, health, rules and keys.', {
  port: port(4456),
  host,
  socket,
  socket_mode: socketMode,
  timeout,
  cors,
  tls,
  trusted_proxies: trustedProxies,
  forwarded: choice(
    dialects,
    'auto',
    'Where the judged request is read from: `envoy` for the HTTP filter of Envoy, `x-forwarded` for nginx, Traefik, Caddy and HAProxy, `x-original` for ingress-nginx, `off` for the request line alone.',
  ),
  auth_request: flag(
    false,
    "Answer as nginx's auth_request can pass on: a redirect becomes 401 with its Location, other refusals 403.",
  ),
  cors_on_decisions: flag(
    false,
    'Add the headers of `cors` also to answers about requests that a proxy asks about: for proxies that hand the answer to the web page.',
  ),
  show_secrets_in_rules: flag(
    false,
    'List secrets of handlers (passwords, client secrets, Authorization headers, users in URLs) at `/rules`, as Oathkeeper does, in place of `***`.',
  ),
  decision_id_header: {
    type: 'string',
    pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]*$",
    default: '',
    description: 'The header that carries the decision id; empty: none.',
  },
})

const proxy = section('The reverse proxy.', {
  enabled: flag(true, 'Listen.'),
  port: port(4455),
  host,
  socket,
  socket_mode: socketMode,
  timeout,
  cors,
  tls,
  trusted_proxies: trustedProxies,
  trust_forwarded_headers: flag(false, 'Believe X-Forwarded-* of `trusted_proxies`.'),
  max_request_bytes: {
    type: 'integer',
    minimum: 0,
    default: 0,
    description:
      'The largest body of a request that is passed on; more is refused with 413. 0: any.',
  },
  append_forwarded_for: flag(
    false,
    "Tell the upstream the client's address in X-Forwarded-For, behind what a trusted proxy says there.",
  ),
})

const grpc = section("Envoy's external authorization protocol.", {
  enabled: flag(true, 'Listen.'),
  port: port(4457),
  host,
  socket,
  socket_mode: socketMode,
  tls,
  trusted_proxies: trustedProxies,
  max_connection_age: duration('0s', 'Renew connections after this time; `0s`: never.'),
  max_message_bytes: count(4_194_304, 'The largest CheckRequest.'),
})

const prometheus = section('Metrics.', {
  enabled: flag(true, 'Count, and listen.'),
  port: port(9000),
  host,
  metrics_path: text('/metrics', 'Where they are served.'),
  metric_name_prefix: {
    type: 'string',
    pattern: '^(?:[A-Za-z_:][0-9A-Za-z_:]*)?$',
    default: 'ory_oathkeeper_',
    description:
      'What the names of the metrics of HTTP requests begin with, underscore included; the others begin with `oarlock_`.',
  },
  hide_request_paths: flag(false, 'Leave the label `request` empty.'),
  collapse_request_paths: flag(true, 'Put only the first path segment in `request`.'),
})

const workers = {
  oneOf: [
    { type: 'integer', minimum: 1 },
    { type: 'string', enum: ['auto'] },
  ],
  default: 1,
  description: 'Processes that share the ports; `auto`: one per processor.',
} as const

const shutdown = section('How the server stops.', {
  drain: duration('0s', 'How long it is unready and still serves.'),
  timeout: duration('5s', 'How long work under way may take after that.'),
})

export const serve = section('What the server listens on.', {
  api,
  proxy,
  grpc,
  prometheus,
  workers,
  shutdown,
})
