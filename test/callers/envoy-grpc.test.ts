import { testEnvoy } from './gateways.ts'

const sample = { bootstrap: 'samples/grpc.json', closed: 503, body: 'cut' } as const

testEnvoy('envoy-grpc', {
  folder: 'envoy-examples/body',
  bootstrap: 'envoy.yaml',
  closed: 503,
  body: 'cut',
})
testEnvoy('emissary-grpc', { folder: 'deploy/emissary', ...sample })
testEnvoy('istio-grpc', { folder: 'deploy/istio', ...sample })
testEnvoy('envoy-gateway-grpc', { folder: 'deploy/envoy-gateway', ...sample, body: 'refused' })
testEnvoy('contour', { folder: 'deploy/contour', ...sample, closed: 403 })
testEnvoy('gloo-grpc', { folder: 'deploy/gloo', ...sample })
