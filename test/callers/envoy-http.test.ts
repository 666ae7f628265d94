import { testCallers } from './gateways.ts'

const sample = { bootstrap: 'samples/http.json', closed: 503, body: 'cut' } as const

testCallers({
  'Envoy, HTTP': {
    folder: 'envoy-examples/http',
    bootstrap: 'envoy.yaml',
    closed: 503,
    body: 'unsent',
  },
  'Emissary, HTTP': { folder: 'deploy/emissary', ...sample },
  'Istio, HTTP': { folder: 'deploy/istio', ...sample },
  'Envoy Gateway, HTTP': { folder: 'deploy/envoy-gateway', ...sample, body: 'refused' },
  'Gloo, HTTP': { folder: 'deploy/gloo', ...sample },
})
