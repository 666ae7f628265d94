import { testCallers } from './gateways.ts'

const sample = { bootstrap: 'samples/grpc.json', closed: 503, body: 'cut' } as const

testCallers({
  'Envoy, gRPC': {
    folder: 'envoy-examples/body',
    bootstrap: 'envoy.yaml',
    closed: 503,
    body: 'cut',
  },
  'Emissary, gRPC': { folder: 'deploy/emissary', ...sample },
  'Istio, gRPC': { folder: 'deploy/istio', ...sample },
  'Envoy Gateway, gRPC': { folder: 'deploy/envoy-gateway', ...sample, body: 'refused' },
  'Contour, gRPC': { folder: 'deploy/contour', ...sample, closed: 403 },
  'Gloo, gRPC': { folder: 'deploy/gloo', ...sample },
})
