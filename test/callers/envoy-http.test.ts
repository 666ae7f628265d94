import { testEnvoy } from './gateways.ts'

const sample = { bootstrap: 'samples/http.json', closed: 503, body: 'cut' } as const

testEnvoy('envoy-http', {
  folder: 'envoy-examples/http',
  bootstrap: 'envoy.yaml',
  closed: 503,
  body: 'unsent',
})
testEnvoy('emissary-http', { folder: 'deploy/emissary', ...sample })
testEnvoy('istio-http', { folder: 'deploy/istio', ...sample })
testEnvoy('envoy-gateway-http', { folder: 'deploy/envoy-gateway', ...sample, body: 'refused' })
testEnvoy('gloo-http', { folder: 'deploy/gloo', ...sample })
