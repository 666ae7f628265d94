import { nothing } from './answered.ts'
import { testEnvoy } from './gateways.ts'

const form = { answered: nothing, keepsQuery: true } as const
const sample = { ...form, bootstrap: 'samples/http.json', closed: 503, body: 'cut' } as const
/** `allowed_client_headers_on_success` names Set-Cookie alone. */
const cookies = { ...nothing, cookies: 2 } as const

testEnvoy('envoy-http', {
  ...form,
  answered: cookies,
  folder: 'envoy-examples/http',
  bootstrap: 'envoy.yaml',
  closed: 503,
  body: 'unsent',
})
testEnvoy('emissary-http', { folder: 'deploy/emissary', ...sample })
testEnvoy('istio-http', { folder: 'deploy/istio', ...sample, answered: cookies })
testEnvoy('envoy-gateway-http', { folder: 'deploy/envoy-gateway', ...sample, body: 'refused' })
testEnvoy('gloo-http', { folder: 'deploy/gloo', ...sample })
