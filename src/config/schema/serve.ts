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
  read: duration('5s', 'The longest time to receive a whole request, its body included.'),
  write: duration('120s', 'The longest time without progress while the answer is sent.'),
  idle: duration('120s', 'The longest time between two requests of a connection.'),
})

const trustedProxies = {
  type: 'array',
  items: { type: 'string', format: 'cidr' },
  default: privateNetworks,
  description:
    'Networks of callers whose forwarding headers are trusted. An empty list: no caller is trusted.',
} as const

const dialects = ['auto', 'off', 'envoy', 'x-forwarded', 'x-original'] as const

const api = section('The port of the decision API, health, rules and keys.', {
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
    'Where the decision API reads the request from. `auto`: X-Forwarded-* headers of a trusted caller, else the request line. `envoy`: for the HTTP filter of Envoy. `x-forwarded`: for nginx, Traefik, Caddy and HAProxy. `x-original`: for ingress-nginx. `off`: the request line alone.',
  ),
  auth_request: flag(
    false,
    "Use only statuses that nginx's auth_request can pass on: a redirect becomes 401 with its Location, other 4xx become 403.",
  ),
  cors_on_decisions: flag(
    false,
    'Add the CORS headers to answers of `/decisions`, too: for proxies that return these answers to the web page.',
  ),
  show_secrets_in_rules: flag(
    false,
    'Show secrets of handlers (passwords, client secrets, Authorization headers, users in URLs) at `/rules`, as Oathkeeper does. Otherwise they are shown as `***`.',
  ),
  decision_id_header: {
    type: 'string',
    pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]*$",
    default: '',
    description: 'The response header that carries the decision id. Empty: no header.',
  },
  explain: section('Explanations of decisions at `/explain`, for `oarlock explain -e`.', {
    enabled: flag(
      false,
      'Answer POST `/explain`: decide a request that the caller describes, and say how. Handlers call their services for it.',
    ),
    token: {
      type: 'string',
      minLength: 32,
      description: 'What callers send as `Authorization: Bearer`; 32 characters or more.',
    },
  }),
})

const proxy = section('The reverse proxy.', {
  enabled: flag(true, 'Listen on this port.'),
  port: port(4455),
  host,
  socket,
  socket_mode: socketMode,
  timeout,
  cors,
  tls,
  trusted_proxies: trustedProxies,
  trust_forwarded_headers: flag(
    false,
    'Read X-Forwarded-* headers of callers in `trusted_proxies`.',
  ),
  max_request_bytes: {
    type: 'integer',
    minimum: 0,
    default: 0,
    description:
      'The largest request body that is passed on. More is refused with 413. 0: no limit.',
  },
  append_forwarded_for: flag(
    false,
    "Append the client's address to X-Forwarded-For for the upstream. Only entries of a trusted proxy are kept before it.",
  ),
})

const grpc = section("Envoy's external authorization protocol (gRPC).", {
  enabled: flag(true, 'Listen on this port.'),
  port: port(4457),
  host,
  socket,
  socket_mode: socketMode,
  tls,
  trusted_proxies: trustedProxies,
  max_connection_age: duration('0s', 'Ask clients to connect again after this time. `0s`: never.'),
  transport: {
    type: 'string',
    enum: ['direct', 'library'],
    default: 'direct',
    description:
      "What carries HTTP/2. `direct`: Oarlock's own, which costs less. `library`: Node's, with the same answers.",
  },
  max_message_bytes: count(4_194_304, 'The largest message that is accepted.'),
})

const prometheus = section('Metrics.', {
  enabled: flag(true, 'Count, and listen on this port.'),
  port: port(9000),
  host,
  metrics_path: text('/metrics', 'The path of the metrics.'),
  metric_name_prefix: {
    type: 'string',
    pattern: '^(?:[A-Za-z_:][0-9A-Za-z_:]*)?$',
    default: 'ory_oathkeeper_',
    description:
      'The beginning of the names of the metrics of HTTP requests, with its underscore. All other names begin with `oarlock_`.',
  },
  hide_request_paths: flag(false, 'Leave the label `request` empty.'),
  collapse_request_paths: flag(true, 'Put only the first path segment into the label `request`.'),
})

const paths = section(
  'How paths are read before they are matched: the same at every door, wherever a request has its path.',
  {
    encoded_slash: choice(
      ['decode', 'keep', 'reject'],
      'decode',
      'What `%2F` and `%5C` in a path are. `decode`: a slash and a backslash, so `/a%2Fb` is `/a/b`, and a path with `%5C`, or with `%2F` in X-Forwarded-Uri, is refused (400). `keep`: they stay escapes, in upper case, in the path that is matched and in the one that the proxy sends; a path whose segments would differ is refused. `reject`: a path with one of them is refused.',
    ),
    parameters: choice(
      ['text', 'reject'],
      'text',
      'What a `;` in a path is, raw or as `%3B`. `text`: part of its segment. `reject`: the path is refused (400); servlet containers cut the parameter off, so that `/admin;x` reaches `/admin`.',
    ),
    forwarded_uri: choice(
      ['encoded', 'decoded'],
      'encoded',
      'How the path of X-Forwarded-Uri is matched. `encoded`: with its escapes, as by Oathkeeper. `decoded`: decoded and cleaned like a path of a request line, so that one pattern holds for all doors.',
    ),
  },
)

const workers = {
  oneOf: [
    { type: 'integer', minimum: 1 },
    { type: 'string', enum: ['auto'] },
  ],
  default: 1,
  description: 'How many processes share the ports. `auto`: one per processor.',
} as const

const shutdown = section('How the server stops.', {
  drain: duration(
    '0s',
    'How long the server still accepts requests after the signal to stop, while it reports that it is not ready.',
  ),
  timeout: duration('5s', 'How long requests that have begun may take after that.'),
})

export const serve = section('The ports, and how the server runs.', {
  api,
  proxy,
  grpc,
  prometheus,
  paths,
  workers,
  shutdown,
})
