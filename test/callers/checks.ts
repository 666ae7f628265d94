/** The fifteen checks, every caller, and which checks a caller cannot pass, with the reason. */

export const checks = {
  allow: 'allow with mutated header',
  spoofed: 'spoofed header overwritten',
  owned: 'owned header removed',
  unauthorized: '401',
  forbidden: '403',
  redirect: 'redirect with Location and Set-Cookie',
  body: 'body limits',
  query: 'query untouched',
  paths: 'encoded path matched as forwarded',
  down: 'Oarlock down means closed',
  slow: 'timeout means closed',
  websocket: 'WebSocket allowed and denied',
  answered: 'headers and cookies for the client',
  credential: 'used credential removed',
  changed: 'headers, cookies and query changed',
} as const

export type Check = keyof typeof checks

/** A check of each kind, for one sort of caller. */
export type Checks<Site, T> = Readonly<Record<Check, (site: Site, t: T) => Promise<void>>>

export const callers = {
  'envoy-grpc': 'Envoy, gRPC',
  'envoy-http': 'Envoy, HTTP',
  'emissary-grpc': 'Emissary, gRPC',
  'emissary-http': 'Emissary, HTTP',
  'istio-grpc': 'Istio, gRPC',
  'istio-http': 'Istio, HTTP',
  'envoy-gateway-grpc': 'Envoy Gateway, gRPC',
  'envoy-gateway-http': 'Envoy Gateway, HTTP',
  contour: 'Contour',
  'gloo-grpc': 'Gloo, gRPC',
  'gloo-http': 'Gloo, HTTP',
  nginx: 'nginx',
  'ingress-nginx': 'ingress-nginx',
  'caddy-2.6': 'Caddy 2.6',
  caddy: 'Caddy',
  haproxy: 'HAProxy',
  traefik: 'Traefik',
  'aws-rest': 'AWS REST APIs',
  'aws-http': 'AWS HTTP APIs',
  node: 'Node, Express',
} as const

export type Caller = keyof typeof callers

const noAnswer = "a gateway answers denials itself: Oarlock's headers and body are not used"
const noBody = 'an authorizer gets no body; a rule that reads the body denies'

const noQuery =
  'a header is removed; a request whose query had to be changed is denied, because its caller would forward what the client wrote'
const cookiesAnswered =
  'cookies arrive; other headers are added to those of the upstream, if allowed_client_headers_on_success names them'
const unmapped =
  'they stand in the context (response_set_cookie), which an integration maps to headers of its answer'

const noList = 'the HTTP form has no list of headers for the client of an allowed request'
const ofCaddy = {
  answered: 'headers with the lines of its page; cookies are not copied',
  credential:
    'it removes the headers that its file names before the check; with the line of its page also a credential after it',
  changed: noQuery,
} as const

/** The reasons. The test of such a cell shows what happens instead; no request is allowed by it. */
export const cannot: Readonly<Partial<Record<Caller, Readonly<Partial<Record<Check, string>>>>>> = {
  'envoy-http': { answered: cookiesAnswered, changed: noQuery },
  'emissary-http': { answered: noList, changed: noQuery },
  'istio-http': { answered: cookiesAnswered, changed: noQuery },
  'envoy-gateway-http': { answered: noList, changed: noQuery },
  'gloo-http': { answered: noList, changed: noQuery },
  'caddy-2.6': ofCaddy,
  caddy: ofCaddy,
  haproxy: {
    answered: 'the script copies nothing of an allowed answer to the client',
    changed: noQuery,
  },
  traefik: {
    answered: 'cookies that addAuthCookiesToResponse names; other headers are not copied',
    changed: noQuery,
  },
  nginx: {
    answered: 'headers with the lines of its page, of several cookies the first',
    changed: noQuery,
    redirect: 'auth_request keeps the first Set-Cookie only; status and Location arrive',
  },
  'ingress-nginx': {
    changed: noQuery,
    answered: 'auth-url keeps the first Set-Cookie of an allowed answer, and no other header',
    redirect:
      'the annotations keep neither Location nor cookies: 401, or the page that auth-signin names',
  },
  'aws-rest': {
    answered: unmapped,
    changed: noQuery,
    redirect: noAnswer,
    body: noBody,
    query: 'the event has it decoded, as two maps: the same parameters, not the same bytes',
  },
  'aws-http': {
    answered: unmapped,
    changed: noQuery,
    unauthorized: 'isAuthorized: false is always 403; 401 is what the gateway says by itself',
    redirect: noAnswer,
    body: noBody,
    websocket: 'HTTP APIs have none; WebSocket APIs have authorizers of their own',
  },
}

export function titleOf(caller: Caller, check: Check): string {
  const why = cannot[caller]?.[check]
  return why === undefined ? checks[check] : `${checks[check]}: cannot (${why})`
}

/** In the order in which they run: the last one stops Oarlock. */
export const inOrder: readonly Check[] = [
  ...(Object.keys(checks) as Check[]).filter(check => check !== 'down'),
  'down',
]
