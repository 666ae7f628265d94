/** The twelve checks, every caller, and which checks a caller cannot pass, with the reason. */

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

/** The reasons. The test of such a cell shows what happens instead; no request is allowed by it. */
export const cannot: Readonly<Partial<Record<Caller, Readonly<Partial<Record<Check, string>>>>>> = {
  nginx: { redirect: 'auth_request keeps the first Set-Cookie only; status and Location arrive' },
  'ingress-nginx': {
    redirect:
      'the annotations keep neither Location nor cookies: 401, or the page that auth-signin names',
  },
  'aws-rest': {
    redirect: noAnswer,
    body: noBody,
    query: 'the event has it decoded, as two maps: the same parameters, not the same bytes',
  },
  'aws-http': {
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
