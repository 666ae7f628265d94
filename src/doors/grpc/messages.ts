/**
 * The messages of the contract, loaded once from `proto/`: the response as the files declare it, and of the
 * request a reading view, which is the same bytes seen in the form that the door needs.
 *
 * The view holds only the fields that are read (the decoder skips the rest) and reads some of them as
 * another type with the same encoding: a map is a list of pairs on the wire, so headers keep their order
 * and a key such as `__proto__` is only text; bytes and strings are both a length and bytes.
 */
import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'

const folder = new URL('../../../proto/', import.meta.url)
const contract = 'envoy/service/auth/v3/external_auth.proto'

/** The declarations of `proto/`, resolved. */
export function loadContract(): protobuf.Root {
  const root = new protobuf.Root()
  root.resolvePath = (_, name) => fileURLToPath(new URL(name, folder))
  root.loadSync(contract, { keepCase: true })
  root.resolveAll()
  return root
}

export const contractRoot: protobuf.Root = loadContract()

const auth = 'envoy.service.auth.v3'
const core = 'envoy.config.core.v3'

/** Message to the fields that are read, and what each is read as. */
const viewed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [`${auth}.CheckRequest`]: { attributes: 'AttributeContext' },
  [`${auth}.AttributeContext`]: {
    source: 'Peer',
    request: 'Request',
    context_extensions: 'HeaderValue',
    metadata_context: 'bytes',
  },
  [`${auth}.AttributeContext.Peer`]: {
    address: 'Address',
    principal: 'string',
    certificate: 'string',
  },
  [`${auth}.AttributeContext.Request`]: { http: 'HttpRequest' },
  [`${auth}.AttributeContext.HttpRequest`]: {
    method: 'string',
    headers: 'HeaderValue',
    header_map: 'HeaderMap',
    path: 'string',
    host: 'string',
    scheme: 'string',
    body: 'bytes',
    raw_body: 'bytes',
  },
  [`${core}.Address`]: { socket_address: 'SocketAddress', pipe: 'bytes' },
  [`${core}.SocketAddress`]: { address: 'string' },
  [`${core}.HeaderMap`]: { headers: 'HeaderValue' },
  [`${core}.HeaderValue`]: { key: 'string', value: 'string', raw_value: 'string' },
}

function createView(root: protobuf.Root): protobuf.Type {
  const view = new protobuf.Root()
  for (const [name, fields] of Object.entries(viewed)) {
    view.add(viewOf(root.lookupType(name), fields))
  }
  return view.resolveAll().lookupType('CheckRequest')
}

function viewOf(declared: protobuf.Type, fields: Readonly<Record<string, string>>): protobuf.Type {
  const type = new protobuf.Type(declared.name)
  for (const [name, readAs] of Object.entries(fields)) {
    const field = declared.get(name)
    if (!(field instanceof protobuf.Field)) throw new TypeError(`${declared.name} has no ${name}`)
    const rule = field.repeated || field.map ? 'repeated' : undefined
    type.add(new protobuf.Field(name, field.id, readAs, rule))
  }
  return type
}

export const requestView: protobuf.Type = createView(contractRoot)
export const checkResponse: protobuf.Type = contractRoot.lookupType(`${auth}.CheckResponse`)
export const metadataMessage: protobuf.Type = contractRoot.lookupType(`${core}.Metadata`)
