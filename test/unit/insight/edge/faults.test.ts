/** `lint --edge` is silent on every example, and finds each fault that is put into one. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { run } from '../../../../src/cli/run.ts'
import type { Finding } from '../../../../src/insight/lint/finding.ts'
import type { Cleanup } from '../../../support/cleanup.ts'
import { filesNamed } from '../../../support/examples.ts'
import { root, temporaryFolder } from '../../../support/folder.ts'

const gateway = ['emissary', 'envoy-gateway', 'gloo', 'istio', 'contour']
const silent: readonly (readonly string[])[] = [
  ...filesNamed(/(?:^|\/)envoy\.yaml$/).map(file => [file]),
  ...gateway.flatMap(name =>
    ['grpc', 'http']
      .map(form => `deploy/${name}/samples/${form}.json`)
      .filter(file => existsSync(join(root, file)))
      .map(file => [file]),
  ),
  ['deploy/nginx/oarlock.conf'],
  ['deploy/caddy/Caddyfile'],
  ['deploy/traefik/dynamic.yaml'],
  ['deploy/traefik/mcp/dynamic.yaml'],
  ['deploy/gateway-api/http.yaml'],
  ['deploy/gateway-api/grpc.yaml'],
  ['deploy/envoy-gateway/http.yaml', 'deploy/envoy-gateway/gateway.yaml'],
  ['deploy/envoy-gateway/grpc.yaml'],
  ['deploy/istio/mesh-config.yaml', 'deploy/istio/http.yaml', 'deploy/istio/gateway.yaml'],
  ['deploy/istio/grpc.yaml'],
  ['deploy/emissary/grpc.yaml', 'deploy/emissary/edge.yaml'],
  ['deploy/emissary/http.yaml', 'deploy/emissary/edge.yaml'],
  ['deploy/contour/edge.yaml'],
  ['deploy/gloo/grpc.yaml', 'deploy/gloo/edge.yaml'],
  ['deploy/gloo/http.yaml', 'deploy/gloo/edge.yaml'],
  ['deploy/gloo/auth-config.yaml', 'deploy/gloo/edge.yaml'],
  ['deploy/kgateway/grpc.yaml'],
  ['deploy/kgateway/http.yaml'],
  ['deploy/ingress-nginx/ingress.yaml', 'deploy/ingress-nginx/controller.yaml'],
  ['deploy/agentgateway/grpc.yaml'],
  ['deploy/agentgateway/config.yaml'],
]

for (const files of silent) {
  test(`no finding: ${files.join(', ')}`, async t => {
    const { findings, err } = await lint(t, { config: configOf(files[0] ?? ''), files })
    assert.deepEqual(findings.map(shown), [])
    assert.equal(err, '')
  })
}

test('there are examples of every caller', () => assert.ok(silent.length > 30, `${silent.length}`))

type Fault = readonly [file: string, from: string | RegExp, to: string, codes: readonly string[]]

const http = 'envoy-examples/http/envoy.yaml'
const grpc = 'envoy-examples/grpc/envoy.yaml'
const route = 'envoy-examples/per-route/envoy.yaml'
const body = 'envoy-examples/body/envoy.yaml'
const nginx = 'deploy/nginx/oarlock.conf'
const caddy = 'deploy/caddy/Caddyfile'
const traefik = 'deploy/traefik/dynamic.yaml'
const policy = 'deploy/envoy-gateway/http.yaml'
const policyGrpc = 'deploy/envoy-gateway/grpc.yaml'
const auth = 'deploy/gateway-api/http.yaml'
const mesh = 'deploy/istio/mesh-config.yaml'
const sample = 'deploy/envoy-gateway/samples/http.json'
const emissary = 'deploy/emissary/http.yaml'
const emissaryEdge = 'deploy/emissary/edge.yaml'
const contour = 'deploy/contour/edge.yaml'
const gloo = 'deploy/gloo/http.yaml'
const glooEdge = 'deploy/gloo/edge.yaml'
const kgateway = 'deploy/kgateway/http.yaml'
const ingress = 'deploy/ingress-nginx/ingress.yaml'
const agents = 'deploy/agentgateway/config.yaml'
const deny = 'typed_per_filter_config: { envoy.filters.http.ext_authz: { disabled: true } }'

const faults: readonly Fault[] = [
  [route, /headers_with_underscores_action: REJECT_REQUEST/, 'idle_timeout: 1s', []],
  [
    route,
    /headers_with_underscores_action: REJECT_REQUEST([\s\S]*?)x_user, x-tenant, x_tenant/,
    'idle_timeout: 1s$1x-tenant, x_tenant',
    ['check-disabled'],
  ],
  [
    body,
    'route: { cluster: upstream }',
    'route: { cluster: upstream }\n                          typed_per_filter_config: { envoy.filters.http.ext_authz: { check_settings: { disable_request_body_buffering: true } } }',
    ['body-not-sent'],
  ],
  [nginx, / {2}if \(\$oarlock_ambiguous\) \{[^}]*\}/, '', ['not-normalized']],
  [caddy, 'respond @ambiguous 400', '', ['not-normalized']],
  [traefik, 'forwardAuth:', 'basicAuth:', ['check-disabled']],
  [auth, 'type: ExternalAuth', 'type: RequestMirror', ['check-disabled']],
  [grpc, 'failure_mode_allow: false', 'failure_mode_allow: true', ['fail-open']],
  [grpc, 'normalize_path: true', 'normalize_path: false', ['not-normalized']],
  [grpc, 'normalize_path: true', '', ['not-normalized']],
  [grpc, 'merge_slashes: true', '', ['not-normalized']],
  [grpc, /path_with_escaped_slashes_action.*/, '', ['not-normalized']],
  [grpc, 'REJECT_REQUEST\n', 'KEEP_UNCHANGED\n', ['not-normalized']],
  [
    grpc,
    'route: { cluster: upstream }',
    `route: { cluster: upstream }\n                          ${deny}`,
    ['check-disabled'],
  ],
  [
    grpc,
    'failure_mode_allow: false',
    'filter_enabled: { default_value: { numerator: 50 } }',
    ['check-disabled'],
  ],
  [grpc, 'http.ext_authz.v3.ExtAuthz', 'http.lua.v3.Lua', ['check-disabled']],
  [
    grpc,
    'encode_raw_headers: true',
    'allowed_headers: { patterns: [{ exact: cookie }] }',
    ['header-hidden'],
  ],
  [
    grpc,
    'encode_raw_headers: true',
    'disallowed_headers: { patterns: [{ prefix: auth }] }',
    ['header-hidden'],
  ],
  [
    route,
    'request_headers_to_remove: [x-user, x_user, x-tenant, x_tenant]',
    'request_headers_to_remove: [x-user, x_user]',
    ['check-disabled'],
  ],
  [route, 'path_separated_prefix: "/static"', 'prefix: "/ad"', ['check-disabled']],
  [
    route,
    'path_separated_prefix: "/static"',
    'safe_regex: { regex: "/adm.*" }',
    ['check-disabled'],
  ],
  [http, '- { exact: x-user, ignore_case: true }', '', ['header-not-copied']],
  [http, '- { exact: x-user, ignore_case: true }', '- { exact: X-User }', ['header-not-copied']],
  [http, 'allowed_upstream_headers:', 'allowed_upstream_headers_to_append:', ['header-not-copied']],
  [http, 'path_prefix: /decisions', '', ['check-disabled']],
  [http, 'failure_mode_allow: false', 'failure_mode_allow: true', ['fail-open']],
  [
    http,
    'path_prefix: /decisions',
    'path_prefix: /decisions\n                        retry_policy: { retry_on: 5xx }',
    ['retries'],
  ],
  [body, 'timeout: 2.5s', 'timeout: 1s', ['timeout-too-short']],
  [body, 'timeout: 2.5s', '', ['timeout-too-short']],
  [body, 'with_request_body:', 'without_request_body:', ['body-not-sent']],
  [sample, '"checkSettings": {}', '"disabled": true', ['check-disabled']],
  [nginx, '    proxy_set_header X-Name $oarlock_name;', '', ['header-not-copied']],
  [
    nginx,
    'auth_request_set $oarlock_user $upstream_http_x_user',
    'auth_request_set $oarlock_user $http_x_user',
    ['header-not-copied'],
  ],
  [nginx, 'X-Forwarded-Uri $request_uri', 'X-Forwarded-Uri $uri', ['not-normalized']],
  [nginx, 'http://oarlock/decisions', 'http://oarlock', ['check-disabled']],
  [
    nginx,
    '  location / {\n',
    '  location @open { proxy_pass http://app; proxy_set_header X-User ""; proxy_set_header X-Name ""; }\n  location / {\n    error_page 500 = @open;\n',
    ['fail-open'],
  ],
  [
    nginx,
    '  location / {',
    '  location /admin { proxy_pass http://app; }\n  location / {',
    ['check-disabled', 'check-disabled'],
  ],
  [
    nginx,
    '  location / {',
    '  location /admin { auth_request off; proxy_pass http://app; proxy_set_header X-User ""; proxy_set_header X-Name ""; }\n  location / {',
    ['check-disabled'],
  ],
  [caddy, 'request_header -X-User\n', '\n', ['header-not-copied']],
  [
    caddy,
    'request_header @name X-Name {http.reverse_proxy.header.X-Name}',
    '',
    ['header-not-copied'],
  ],
  [caddy, 'rewrite /decisions', 'rewrite /', ['check-disabled']],
  [caddy, '{http.request.orig_uri}\n', '{http.request.uri.path}\n', ['not-normalized']],
  [traefik, '[X-User, X-Name]', '[X-User]', ['header-not-copied']],
  [traefik, 'trustForwardHeader: false', 'trustForwardHeader: true', ['not-normalized']],
  [traefik, '4456/decisions', '4456/', ['check-disabled']],
  [
    traefik,
    '  routers:\n',
    '  routers:\n    open: { rule: "PathPrefix(`/admin`)", service: app }\n',
    ['check-disabled', 'check-disabled'],
  ],
  [policy, 'failOpen: false', 'failOpen: true', ['fail-open']],
  [policy, 'headersToBackend: [x-user,', 'headersToBackend: [', ['header-not-copied']],
  [policy, 'headersToExtAuth: [authorization, ', 'headersToExtAuth: [', ['header-hidden']],
  [policy, 'path: /decisions', '', ['check-disabled']],
  [policyGrpc, 'failOpen: false', 'headersToExtAuth: [cookie]', ['header-hidden']],
  [auth, 'path: /decisions', '', ['check-disabled']],
  [auth, 'allowedResponseHeaders: [x-user,', 'allowedResponseHeaders: [', ['header-not-copied']],
  [
    auth,
    '  rules:\n',
    '  rules:\n    - matches: [{ path: { value: /admin } }]\n      backendRefs: [{ name: app, port: 80 }]\n',
    ['check-disabled', 'check-disabled'],
  ],
  [mesh, 'failOpen: false', 'failOpen: true', ['fail-open']],
  [mesh, 'DECODE_AND_MERGE_SLASHES', 'BASE', ['not-normalized', 'not-normalized']],
  [
    mesh,
    'headersToUpstreamOnAllow: [x-user,',
    'headersToUpstreamOnAllow: [',
    ['header-not-copied'],
  ],
  [mesh, 'pathPrefix: /decisions', '', ['check-disabled']],
  [
    'deploy/istio/grpc.yaml',
    '\n  rules: [{}]',
    '\n  rules: [{ to: [{ operation: { notPaths: ["/admin*"] } }] }]',
    ['check-disabled'],
  ],
  [mesh, 'headersToUpstreamOnAllow: [x-user,', 'headersToUpstreamOnAllow: ["x-us*",', []],
  [emissary, 'failure_mode_allow: false', 'failure_mode_allow: true', ['fail-open']],
  [emissary, 'path_prefix: /decisions', '', ['check-disabled']],
  [emissary, 'headers: [x-user, ', 'headers: [', ['header-not-copied']],
  ['deploy/emissary/grpc.yaml', 'mode_allow: false', 'mode_allow: true', ['fail-open']],
  [emissaryEdge, 'merge_slashes: true', '', ['check-disabled', 'not-normalized']],
  [
    emissaryEdge,
    'reject_requests_with_escaped_slashes: true',
    'reject_requests_with_escaped_slashes: false',
    ['check-disabled', 'not-normalized'],
  ],
  [
    emissaryEdge,
    'prefix: /,',
    'prefix: /adm, bypass_auth: true,',
    ['check-disabled', 'check-disabled'],
  ],
  [contour, 'failOpen: false', 'failOpen: true', ['fail-open']],
  [contour, / {4}authorization:[\s\S]*?(?= {2}routes:)/, '', ['check-disabled', 'check-disabled']],
  [
    contour,
    'services: [{ name: app,',
    'authPolicy: { disabled: true }\n      services: [{ name: app,',
    ['check-disabled'],
  ],
  [
    contour,
    '  routes:\n',
    '  routes:\n    - conditions: [{ prefix: /static }]\n      authPolicy: { disabled: true }\n      services: [{ name: app, port: 80 }]\n',
    ['check-disabled'],
  ],
  [gloo, 'failureModeAllow: false', 'failureModeAllow: true', ['fail-open']],
  [gloo, 'pathPrefix: /decisions', '', ['check-disabled']],
  [gloo, 'allowedUpstreamHeaders: [x-user, ', 'allowedUpstreamHeaders: [', ['header-not-copied']],
  ['deploy/gloo/grpc.yaml', 'failureModeAllow: false', 'failureModeAllow: true', ['fail-open']],
  ['deploy/gloo/auth-config.yaml', 'grpc:', 'failureModeAllow: true\n        grpc:', ['fail-open']],
  [glooEdge, 'mergeSlashes: true', '', ['check-disabled', 'not-normalized']],
  [glooEdge, 'customAuth: {}', 'disable: true', ['check-disabled', 'check-disabled']],
  [kgateway, 'failOpen: false', 'failOpen: true', ['fail-open']],
  [kgateway, 'pathPrefix: /decisions', '', ['check-disabled']],
  [kgateway, 'headersToBackend: [x-user, ', 'headersToBackend: [', ['header-not-copied']],
  [kgateway, 'headersToForward: [authorization, cookie, ', 'headersToForward: [', []],
  ['deploy/kgateway/grpc.yaml', 'failOpen: false', 'headersToForward: [cookie]', ['header-hidden']],
  [kgateway, 'extensionRef: { name: oarlock }', 'percentageEnabled: 50', ['check-disabled']],
  [ingress, '4456/decisions', '4456/', ['check-disabled']],
  [ingress, 'headers: X-User,X-Name', 'headers: X-Name', ['header-not-copied']],
  [
    ingress,
    '    nginx.ingress.kubernetes.io/proxy-body-size: 16m',
    '    nginx.ingress.kubernetes.io/auth-cache-key: $http_authorization',
    ['check-disabled'],
  ],
  [ingress, 'io/auth-url:', 'io/x-auth-url:', ['check-disabled', 'check-disabled']],
  [agents, 'failureMode: deny', 'failureMode: allow', ['fail-open']],
  [
    agents,
    'protocol: { grpc: {} }',
    'protocol: { grpc: {} }\n                includeRequestHeaders: [cookie]',
    ['header-hidden'],
  ],
  [
    agents,
    '      - routes:\n',
    '      - routes:\n          - matches: [{ path: { pathPrefix: /admin } }]\n            backends: [{ host: 127.0.0.1:4400 }]\n',
    ['check-disabled', 'check-disabled'],
  ],
  [
    agents,
    '    listeners:\n',
    '    listeners:\n      - routes: [{ backends: [{ host: 127.0.0.1:4400 }] }]\n',
    ['check-disabled'],
  ],
  [
    'deploy/agentgateway/grpc.yaml',
    'grpc: {}',
    'grpc: {}\n      cache: { key: [path] }',
    ['check-disabled'],
  ],
]

for (const [file, from, to, expected] of faults) {
  test(`${file}: ${String(from).slice(0, 60).trim()} → ${to.slice(0, 60).trim()}`, async t => {
    const text = readFileSync(join(root, file), 'utf8').replace(/\r/g, '')
    const source = file.endsWith('.json') ? JSON.stringify(JSON.parse(text), undefined, 1) : text
    const changed = source.replace(from, to)
    assert.notEqual(changed, source)
    const copy = join(temporaryFolder(t), basename(file))
    writeFileSync(copy, changed)
    const { findings } = await lint(t, { config: configOf(file), files: [copy] })
    assert.deepEqual(
      findings.map(({ code }) => code),
      expected,
      findings.map(shown).join('\n'),
    )
    for (const { place } of findings) assert.ok(place?.file.endsWith(basename(file)))
  })
}

test('what is not known is named, and the rest is checked', async t => {
  const text = readFileSync(join(root, grpc), 'utf8')
  const file = join(temporaryFolder(t), 'envoy.yaml')
  writeFileSync(
    file,
    text.replace(
      'failure_mode_allow: false',
      'failure_mode_allow: true\n                      new_setting: 1',
    ),
  )
  const { findings, err } = await lint(t, { config: configOf(grpc), files: [file] })
  assert.deepEqual(
    findings.map(({ code }) => code),
    ['fail-open'],
  )
  assert.match(
    err,
    /^note: .*envoy\.yaml: not checked: the setting new_setting of the filter is not known here$/m,
  )
})

for (const [what, rule, file, codes] of [
  [
    'a credential that nginx does not remove',
    { authenticators: [{ handler: 'jwt', remove_credential: true }] },
    nginx,
    ['header-not-copied'],
  ],
  [
    'a credential that Envoy removes',
    { authenticators: [{ handler: 'jwt', remove_credential: true }] },
    http,
    [],
  ],
  [
    'a cookie for the client',
    {
      mutators: [
        { handler: 'header' },
        { handler: 'response_header', config: { headers: { 'X-A': 'b' } } },
      ],
    },
    http,
    ['header-not-copied'],
  ],
  [
    'a header in a condition',
    { match: { url: 'http://h/x', methods: ['GET'], headers: { 'X-Api': '2' } } },
    http,
    ['header-hidden'],
  ],
  [
    'a header in a template',
    {
      mutators: [
        {
          handler: 'header',
          config: { headers: { 'X-User': '{{ .MatchContext.Header.Get "X-Lang" }}' } },
        },
      ],
    },
    http,
    ['header-hidden'],
  ],
] as const) {
  test(`what rules need: ${what}`, async t => {
    const folder = temporaryFolder(t)
    const match = { url: 'http://h/x', methods: ['GET'] }
    const plain = {
      id: 'r',
      match,
      authenticators: [{ handler: 'jwt' }],
      authorizer: { handler: 'allow' },
    }
    const rules = [{ ...plain, mutators: [{ handler: 'header' }], ...rule }]
    writeFileSync(join(folder, 'rules.json'), JSON.stringify(rules))
    const config = parse(readFileSync(join(root, configOf(file)), 'utf8'))
    config.access_rules.repositories = [`file://${folder}/rules.json`]
    config.mutators.response_header = { enabled: true }
    writeFileSync(join(folder, 'oarlock.json'), JSON.stringify(config))
    const { findings } = await lint(t, { config: join(folder, 'oarlock.json'), files: [file] })
    assert.deepEqual(
      findings.map(one => one.code),
      codes,
      findings.map(shown).join('\n'),
    )
  })
}

test('a config dump: routes stand beside the listeners, static listeners come twice', async t => {
  const { static_resources: all } = parse(readFileSync(join(root, grpc), 'utf8'))
  const manager = all.listeners[0].filter_chains[0].filters[0].typed_config
  const table = { ...manager.route_config, name: 'routes' }
  const listener = (parts: object) => ({
    name: 'edge',
    filter_chains: [{ filters: [{ typed_config: { ...manager, ...parts } }] }],
  })
  const dump = (parts: object) => {
    const found = listener({
      route_config: undefined,
      rds: { route_config_name: 'routes' },
      ...parts,
    })
    return {
      configs: [
        { bootstrap: { static_resources: { listeners: [found] } } },
        { static_listeners: [{ listener: found }] },
        { dynamic_route_configs: [{ route_config: table }] },
      ],
    }
  }
  const file = join(temporaryFolder(t), 'dump.json')
  const checked = async (parts: object) => {
    writeFileSync(file, JSON.stringify(dump(parts)))
    return lint(t, { config: configOf(grpc), files: [file] })
  }
  assert.deepEqual(await checked({}), { code: 0, findings: [], err: '' })
  const { findings } = await checked({ merge_slashes: false })
  assert.deepEqual(
    findings.map(({ code }) => code),
    ['not-normalized'],
  )
  const elsewhere = await checked({ rds: { route_config_name: 'others' } })
  assert.match(elsewhere.err, /not checked: routes of others are not in the file/)
  const discovered = await checked({ http_filters: [{ name: 'a', config_discovery: {} }] })
  assert.match(discovered.err, /not checked: filters that are discovered/)
  assert.deepEqual(discovered.findings, [])
})

test('a comment in the file of the caller switches a finding off', async t => {
  const text = readFileSync(join(root, grpc), 'utf8')
  const file = join(temporaryFolder(t), 'envoy.yaml')
  const line = 'failure_mode_allow: false'
  const comment = '# oarlock-lint-disable-next-line fail-open -- a test'
  const indent = ' '.repeat(22)
  writeFileSync(file, text.replace(line, `${comment}\n${indent}failure_mode_allow: true`))
  const { findings } = await lint(t, { config: configOf(grpc), files: [file] })
  assert.deepEqual(findings.map(shown), [])
})

test('a file that is no configuration of a caller ends with 1', async t => {
  const folder = temporaryFolder(t)
  for (const [name, text] of [
    ['text', 'hello'],
    ['empty', ''],
    ['json', '{}'],
    ['yaml', 'a: [\n'],
    ['aliases', `a: &a [${'1,'.repeat(100)}]\nb: [${'*a,'.repeat(2000)}]\n`],
  ] as const) {
    writeFileSync(join(folder, name), text)
    const { code, err } = await lint(t, { config: configOf(grpc), files: [join(folder, name)] })
    assert.equal(code, 1, name)
    assert.match(
      err,
      /^error: .*(?:cannot be read|found (?:an empty file|no configuration of a caller))/m,
    )
  }
})

/** The configuration beside the file, or above it. */
function configOf(file: string): string {
  const folders = [dirname(file), dirname(dirname(file))]
  const found = folders
    .map(folder => `${folder}/oarlock.yaml`)
    .find(one => existsSync(join(root, one)))
  return elsewhere.get(found ?? '') ?? found ?? ''
}

/** Their rules are in an image. */
const elsewhere = new Map([
  ['deploy/compose/oarlock.yaml', 'envoy-examples/grpc/oarlock.yaml'],
  ['deploy/ingress-nginx/oarlock.yaml', 'deploy/nginx/oarlock.yaml'],
])

const shown = ({ code, message, place }: Finding): string => `${code} ${place?.line}: ${message}`

interface Linted {
  readonly config: string
  readonly files: readonly string[]
}

async function lint(t: Cleanup, { config, files }: Linted) {
  const settings = join(temporaryFolder(t), '.oarlock-lint.yaml')
  const off = (code: string) => `  ${code}: { level: off, reason: an example }\n`
  writeFileSync(settings, `codes:\n${off('no-audience')}`)
  const [out, err]: [string[], string[]] = [[], []]
  const print = { out: (text: string) => out.push(text), err: (text: string) => err.push(text) }
  const edge = files.map(file => join(root, file).replace(/^.*(?=\/tmp\/)/, ''))
  const from = config.startsWith('/') ? config : join(root, config)
  const args = ['lint', '-c', from, '--settings', settings, '--format', 'json']
  const code = await run([...args, '--edge', ...edge], print)
  const { findings } = JSON.parse(out.join('')) as { readonly findings: readonly Finding[] }
  return { code, findings, err: err.join('') }
}
