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
  read: duration('5s', 'For a whole request, including its body.'),
  write: duration('120s', 'For the answer.'),
  idle: duration('120s', 'Between two requests of a connection.'),
})

const trustedProxies = {
  type: 'array',
  items: { type: 'string', format: 'cidr' },
  default: privateNetworks,
  description: 'Networks whose forwarding headers are trusted; an empty list trusts none.',
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
    'Where the request to authorize is read from: `envoy` for the HTTP filter of Envoy, `x-forwarded` for nginx, Traefik, Caddy and HAProxy, `x-original` for ingress-nginx, `off` for the request line only.',
  ),
  auth_request: flag(
    false,
    "Answer in a form that nginx's auth_request can pass on: a redirect becomes 401 with its Location, other denials 403.",
  ),
  cors_on_decisions: flag(
    false,
    'Also add the headers of `cors` to answers for proxies that ask about a request: for proxies that pass the answer to the web page.',
  ),
  show_secrets_in_rules: flag(
    false,
    'List secrets of handlers (passwords, client secrets, Authorization headers, users in URLs) at `/rules`, as Oathkeeper does, in place of `***`.',
  ),
  decision_id_header: {
    type: 'string',
    pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]*$",
    default: '',
    description: 'The header that carries the decision id; empty: no header.',
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
  trust_forwarded_headers: flag(false, 'Trust X-Forwarded-* headers of `trusted_proxies`.'),
  max_request_bytes: {
    type: 'integer',
    minimum: 0,
    default: 0,
    description:
      'The largest request body, in bytes; larger ones are refused with 413. 0: no limit.',
  },
  append_forwarded_for: flag(
    false,
    "Send the client's address to the upstream in X-Forwarded-For, after the addresses from a trusted proxy.",
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
  max_message_bytes: count(4_194_304, 'The largest CheckRequest, in bytes.'),
})

const prometheus = section('Metrics.', {
  enabled: flag(true, 'Collect metrics and listen.'),
  port: port(9000),
  host,
  metrics_path: text('/metrics', 'The path of the metrics.'),
  metric_name_prefix: {
    type: 'string',
    pattern: '^(?:[A-Za-z_:][0-9A-Za-z_:]*)?$',
    default: 'ory_oathkeeper_',
    description:
      'The prefix of the names of HTTP request metrics, including the underscore; the names of other metrics begin with `oarlock_`.',
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
  description: 'The number of processes that share the ports; `auto`: one per processor.',
} as const

const shutdown = section('How the server stops.', {
  drain: duration('0s', 'How long it reports unready but still answers requests.'),
  timeout: duration('5s', 'The time limit for requests in progress after that.'),
})

export const serve = section('What the server listens on.', {
  api,
  proxy,
  grpc,
  prometheus,
  workers,
  shutdown,
})
