/** The declarations of `proto/` and of the health service. */
import { fileURLToPath } from 'node:url'
import { protoPath } from 'grpc-health-check'
import protobuf from 'protobufjs'

const folder = new URL('../../proto/', import.meta.url)
const contract = 'envoy/service/auth/v3/external_auth.proto'

/** The ext_authz API, resolved. */
export function loadContract(): protobuf.Root {
  const root = new protobuf.Root()
  root.resolvePath = (_, name) => fileURLToPath(new URL(name, folder))
  root.loadSync(contract, { keepCase: true })
  root.resolveAll()
  return root
}

/** The health service, resolved. */
export function loadHealth(): protobuf.Root {
  const root = protobuf.loadSync(protoPath, new protobuf.Root())
  root.resolveAll()
  return root
}
