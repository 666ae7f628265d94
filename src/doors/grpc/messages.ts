/**
 * The messages of the ext_authz API, from the declarations in `proto/`. The response type is as declared; requests are
 * decoded with a view.
 *
 * The view declares only the fields that are read (the decoder skips the others), some with another type that
 * has the same encoding: a map is read as a list of pairs, so headers keep their order and a key such as
 * `__proto__` is only text; bytes are read as strings.
 */
import protobuf from 'protobufjs'
import { contract } from './generated/contract.ts'

export const contractRoot: protobuf.Root = protobuf.Root.fromJSON(contract)
contractRoot.resolveAll()

const auth = 'envoy.service.auth.v3'
const core = 'envoy.config.core.v3'

/** For each message, the fields that are read and their types in the view. */
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
/** As declared; the port reads checks with the view. */
export const checkRequest: protobuf.Type = contractRoot.lookupType(`${auth}.CheckRequest`)
export const checkResponse: protobuf.Type = contractRoot.lookupType(`${auth}.CheckResponse`)
export const metadataMessage: protobuf.Type = contractRoot.lookupType(`${core}.Metadata`)
