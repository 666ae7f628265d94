/** Which proxies are tested in front of Oarlock, with which checks, and what a proxy cannot do and why. */

export const checks = {
  allow: 'allowed, with the headers of the rule',
  spoofed: "a client's own X-User is overwritten, in every spelling",
  owned: 'a header that the rule does not set is removed',
  unauthorized: '401 reaches the client',
  forbidden: '403 reaches the client',
  redirect: 'a redirect reaches the client with its Location and cookies',
  body: 'a large body reaches the upstream untouched',
  query: 'the query stays as it is',
  paths: 'a path is forwarded as it was judged',
  down: 'closed while Oarlock is down',
  slow: 'closed while Oarlock is too slow',
  websocket: 'WebSocket, allowed and denied',
} as const

export type Check = keyof typeof checks

export const callers = {
  nginx: 'nginx',
  caddy: 'Caddy',
  haproxy: 'HAProxy',
  traefik: 'Traefik',
  'ingress-nginx': 'ingress-nginx',
} as const

export type Caller = keyof typeof callers

/** The reasons of what a proxy cannot do. Its test shows what happens instead, which lets nobody through. */
export const cannot: Readonly<Record<Caller, Readonly<Partial<Record<Check, string>>>>> = {
  nginx: {
    redirect: 'auth_request keeps the first Set-Cookie only; status and Location arrive',
  },
  caddy: {},
  haproxy: {},
  traefik: {},
  'ingress-nginx': {
    redirect:
      'the annotations keep neither Location nor cookies: 401, or the page that auth-signin names',
  },
}
