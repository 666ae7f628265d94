/** Resources of Kubernetes: routes whose requests are not checked, and what several files say together. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainRule } from '../../../support/lint.ts'
import { edgeFindings } from '../../../support/lint-edge.ts'

const rule = plainRule('orders', { match: { hosts: ['shop.example'], paths: ['/orders'] } })

interface Resource {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly annotations?: object }
  readonly spec?: object
  readonly data?: object
}

const resource =
  (apiVersion: string, kind: string) =>
  (name: string, spec: object, annotations: object = {}): Resource => ({
    apiVersion,
    kind,
    metadata: { name, annotations },
    spec,
  })

const mapping = resource('getambassador.io/v3alpha1', 'Mapping')
const authService = resource('getambassador.io/v3alpha1', 'AuthService')('oarlock', {
  proto: 'grpc',
  auth_service: 'oarlock:4457',
})
const app = mapping('app', { hostname: '*', prefix: '/', service: 'app' })
const emissary = (spec: object, ...more: readonly Resource[]) => [
  authService,
  app,
  mapping('open', { hostname: '*', bypass_auth: true, service: 'open', ...spec }),
  ...more,
]

const proxy = resource('projectcontour.io/v1', 'HTTPProxy')
const check = { authorization: { extensionRef: { name: 'oarlock' }, responseTimeout: '1s' } }
const off = { authPolicy: { disabled: true } }
const contour = (routes: readonly object[], host: object = check) => [
  proxy('app', {
    virtualhost: { fqdn: 'shop.example', ...host },
    routes: [{ services: [{ name: 'app' }] }, ...routes],
  }),
]
const route = (prefix: string, parts: object = {}) => ({
  conditions: [{ prefix }],
  services: [{ name: 'open' }],
  ...off,
  ...parts,
})

const settings = resource('gloo.solo.io/v1', 'Settings')('default', {
  extauth: { extauthzServerRef: { name: 'oarlock' }, requestTimeout: '1s' },
})
const host = resource('gateway.solo.io/v1', 'VirtualService')
const custom = { options: { extauth: { customAuth: {} } } }
const action = (name: string) => ({ routeAction: { single: { upstream: { name } } } })
const gloo = (routes: readonly object[], parts: object = custom) => [
  settings,
  host('app', { virtualHost: { domains: ['*'], ...parts, routes } }),
]
const all = { matchers: [{ prefix: '/' }], ...action('app') }
const disabled = { options: { extauth: { disable: true } }, ...action('open') }

const extension = resource('gateway.kgateway.dev/v1alpha1', 'GatewayExtension')('oarlock', {
  extAuth: { grpcService: { backendRef: { name: 'oarlock' } } },
})
const httpRoute = resource('gateway.networking.k8s.io/v1', 'HTTPRoute')
const switchedOff = resource('gateway.kgateway.dev/v1alpha1', 'TrafficPolicy')('open', {
  targetRefs: [{ kind: 'HTTPRoute', name: 'open' }],
  extAuth: { disable: {} },
})
const kgateway = (path: string) => [
  extension,
  switchedOff,
  httpRoute('open', {
    hostnames: ['shop.example'],
    rules: [{ matches: [{ path: { type: 'PathPrefix', value: path } }] }],
  }),
]

const ingress = resource('networking.k8s.io/v1', 'Ingress')
const auth = {
  'nginx.ingress.kubernetes.io/auth-url': 'http://oarlock:4456/decisions',
  'nginx.ingress.kubernetes.io/auth-response-headers': 'X-User',
}
const paths = (path: string, parts: object = {}, name = 'open') => ({
  ingressClassName: 'nginx',
  rules: [
    {
      host: 'shop.example',
      http: {
        paths: [{ path, pathType: 'Prefix', backend: { service: { name } }, ...parts }],
      },
    },
  ],
})
const checked = ingress('app', paths('/', {}, 'app'), auth)
const configMap = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'ingress-nginx-controller' },
  data: {
    'global-auth-url': 'http://oarlock:4456/decisions',
    'global-auth-response-headers': 'X-User',
  },
}

const middleware = resource('traefik.io/v1alpha1', 'Middleware')('auth', {
  forwardAuth: { address: 'http://oarlock:4456/decisions', authResponseHeaders: ['X-User'] },
})
const chain = resource('traefik.containo.us/v1alpha1', 'Middleware')('all', {
  chain: { middlewares: [{ name: 'auth' }] },
})
const ingressRoute = resource('traefik.io/v1alpha1', 'IngressRoute')
const traefik = (match: string, parts: object = {}) => [
  middleware,
  chain,
  ingressRoute('app', {
    routes: [{ match: 'Host(`shop.example`)', services: [{ name: 'app' }], middlewares: [{ name: 'auth' }] }],
  }),
  ingressRoute('open', { routes: [{ match, services: [{ name: 'open' }], ...parts }] }),
] // biome-ignore format: short

const gateway = (rules: readonly object[]) => [
  httpRoute('app', {
    rules: [
      {
        filters: [{ type: 'ExternalAuth', externalAuth: { protocol: 'GRPC', grpc: {} } }],
        backendRefs: [{ name: 'app' }],
      },
      ...rules,
    ],
  }),
]
const path = (value: string, type = 'PathPrefix') => ({ matches: [{ path: { type, value } }] })

const cases: readonly (readonly [what: string, resources: readonly Resource[], isFound: boolean])[] = [
  ['Emissary: a Mapping of the path', emissary({ prefix: '/orders' }), true],
  ['Emissary: a beginning of it', emissary({ prefix: '/ord' }), true],
  ['Emissary: a Mapping of another path', emissary({ prefix: '/static' }), false],
  ['Emissary: a Mapping of another host', emissary({ prefix: '/orders', hostname: 'other.example' }), false],
  ['Emissary: a Mapping of hosts', emissary({ prefix: '/orders', hostname: '*.example' }), true],
  ['Emissary: an expression', emissary({ prefix: '/o.*', prefix_regex: true }), true],
  ['Emissary: an exact path', emissary({ prefix: '/ord', prefix_exact: true }), false],
  ['Emissary: a path in capitals', emissary({ prefix: '/ORDERS', case_sensitive: false }), true],
  ['Emissary: a longer one with a check', emissary({ prefix: '/ord' }, mapping('own', { hostname: '*', prefix: '/orders', service: 'app' })), false],
  ['Emissary: one for some methods', emissary({ prefix: '/ord' }, mapping('own', { hostname: '*', prefix: '/orders', method: 'GET', service: 'app' })), true],
  ['Emissary: precedence', emissary({ prefix: '/', precedence: 1 }), true],

  ['Contour: a route of the path', contour([route('/orders')]), true],
  ['Contour: another path', contour([route('/ord')]), false],
  ['Contour: an exact path', contour([route('/', { conditions: [{ exact: '/orders' }] })]), true],
  ['Contour: an expression', contour([route('/', { conditions: [{ regex: '/ord.*' }] })]), true],
  ['Contour: the whole host', contour([], { authorization: { ...check.authorization, ...off } }), true],
  ['Contour: the route has a check', contour([route('/orders', { authPolicy: { disabled: false } })]), false],
  ['Contour: an HTTPProxy that is included', [
    proxy('app', { virtualhost: { fqdn: 'shop.example', ...check }, includes: [{ name: 'child', conditions: [{ prefix: '/ord' }] }] }),
    proxy('child', { routes: [route('/')] }),
  ], false],
  ['Contour: an HTTPProxy that is included, with the path', [
    proxy('app', { virtualhost: { fqdn: 'shop.example', ...check }, includes: [{ name: 'child', conditions: [{ prefix: '/orders' }] }] }),
    proxy('child', { routes: [route('/')], includes: [{ name: 'child' }] }),
  ], true],
  ['Contour: a host with the check of all', [
    resource('projectcontour.io/v1alpha1', 'ContourConfiguration')('contour', { globalExtAuth: { extensionRef: { name: 'oarlock' }, responseTimeout: '1s' } }),
    ...contour([], {}),
  ], false],

  ['Gloo: a route before', gloo([{ matchers: [{ prefix: '/orders' }], ...disabled }, all]), true],
  ['Gloo: a route behind', gloo([all, { matchers: [{ prefix: '/orders' }], ...disabled }]), false],
  ['Gloo: a route of another path', gloo([{ matchers: [{ exact: '/static' }], ...disabled }, all]), false],
  ['Gloo: a host without', gloo([all], {}), true],
  ['Gloo: a host without, a route with a check', gloo([{ ...all, ...custom }], {}), false],

  ['kgateway: a policy for a route', kgateway('/orders'), true],
  ['kgateway: a policy for another', kgateway('/static'), false],

  ['ingress-nginx: an Ingress of the path', [checked, ingress('open', paths('/orders'))], true],
  ['ingress-nginx: an Ingress of another path', [checked, ingress('open', paths('/ord'))], false],
  ['ingress-nginx: an expression', [checked, ingress('open', paths('/o', { pathType: 'ImplementationSpecific' }), { 'nginx.ingress.kubernetes.io/use-regex': 'true' })], true],
  ['ingress-nginx: the default backend', [ingress('app', paths('/a', {}, 'app'), auth), ingress('open', { ingressClassName: 'nginx', defaultBackend: { service: { name: 'open' } } })], true],
  ['ingress-nginx: the check of all', [configMap, ingress('open', paths('/orders'))], false],
  ['ingress-nginx: an exception from it', [configMap, ingress('open', paths('/orders'), { 'nginx.ingress.kubernetes.io/enable-global-auth': 'false' })], true],

  ['Traefik: an IngressRoute of the path', traefik('PathPrefix(`/orders`) && Host(`shop.example`)'), true],
  ['Traefik: one that is asked later', traefik('PathPrefix(`/`)'), false],
  ['Traefik: a priority', traefik('PathPrefix(`/`)', { priority: 100 }), true],
  ['Traefik: a chain with the check', traefik('PathPrefix(`/orders`) && Host(`shop.example`)', { middlewares: [{ name: 'all' }] }), false],

  ['Gateway API: a rule of the path', gateway([path('/orders')]), true],
  ['Gateway API: an exact path', gateway([path('/orders', 'Exact')]), true],
  ['Gateway API: an expression', gateway([path('/o.*', 'RegularExpression')]), true],
  ['Gateway API: another path', gateway([path('/ord')]), false],
  ['Gateway API: one that is asked later', [httpRoute('app', { rules: [{ ...path('/'), backendRefs: [{ name: 'open' }] }, { ...path('/orders'), filters: [{ type: 'ExternalAuth', externalAuth: { protocol: 'GRPC', grpc: {} } }] }] })], false],
] // biome-ignore format: a table

for (const [what, resources, isFound] of cases) {
  test(`${what}: ${isFound ? 'found' : 'nothing'}`, async t => {
    const file = { file: 'list.json', text: JSON.stringify(listOf(resources)) }
    const { codes, err, messages } = await edgeFindings(t, [rule], file)
    // Contour passes %2F on.
    const found = codes.filter(one => !what.startsWith('Contour') || one !== 'not-normalized')
    assert.deepEqual(found, isFound ? ['check-disabled'] : [], `${messages.join('\n')}${err}`)
    assert.equal(err, '')
  })
}

const listOf = (items: readonly Resource[]) => ({ apiVersion: 'v1', kind: 'List', items })

test('resources of several files belong together', async t => {
  const [first, ...others] = [configMap, ingress('open', paths('/orders'))].map((one, i) => ({
    file: `${i}.json`,
    text: JSON.stringify(one),
  }))
  assert.ok(first)
  const together = await edgeFindings(t, [rule], first, ...others)
  assert.deepEqual([together.codes, together.err], [[], ''])
  const [alone] = others
  assert.ok(alone)
  const { codes } = await edgeFindings(t, [rule], alone)
  assert.deepEqual(codes, ['check-disabled', 'check-disabled'])
})

const notes: readonly (readonly [resources: readonly Resource[], note: RegExp])[] = [
  [[extension, switchedOff], /TrafficPolicy open: its target HTTPRoute open is not in the files/],
  [
    [proxy('app', { virtualhost: { fqdn: 'a', ...check }, includes: [{ name: 'b' }] })],
    /the HTTPProxy b, which HTTPProxy app includes, is not in the files/,
  ],
  [gloo([{ delegateAction: {} }]), /routes that VirtualService app delegates/],
  [[ingress('app', { rules: [] })], /Ingress app: its controller is not known here/],
  [
    [ingress('app', { rules: [] }, { ...auth, 'nginx.ingress.kubernetes.io/auth-snippet': 'a' })],
    /Ingress app: the annotation auth-snippet/,
  ],
  [[resource('example/v1', 'Thing')('a', {})], /resources of the kind Thing are not known here/],
]

for (const [resources, note] of notes) {
  test(`what is not read is named: ${note.source}`, async t => {
    const text = JSON.stringify(listOf(resources))
    const { codes, err } = await edgeFindings(t, [rule], { file: 'list.json', text })
    assert.ok(!codes.includes('check-disabled'))
    assert.match(err, note)
  })
}

test('YAML that is broken is named with its place, whatever the file is called', async t => {
  const text = 'apiVersion: v1\nkind: List\nkind: List\n'
  const { code, err } = await edgeFindings(t, [rule], { file: 'resources', text })
  assert.equal(code, 1)
  assert.match(err, /resources:3:\d+: found .*, expected YAML or JSON/)
})
