/** Descriptors of resolved messages, enums and services, with absolute type names and map entries. */
import protobuf from 'protobufjs'

export const messageOf = (type: protobuf.Type): object => ({
  name: type.name,
  field: type.fieldsArray.map(field => fieldOf(type, field)),
  nestedType: [
    ...type.nestedArray.filter(object => object instanceof protobuf.Type).map(messageOf),
    ...type.fieldsArray.filter(isMap).map(entryOf),
  ],
  enumType: type.nestedArray.filter(object => object instanceof protobuf.Enum).map(enumOf),
  oneofDecl: type.oneofsArray.map(({ name }) => ({ name })),
})

const isMap = (field: protobuf.FieldBase): boolean => field instanceof protobuf.MapField

function fieldOf(type: protobuf.Type, field: protobuf.FieldBase): object {
  const numbered = { name: protoName(field), jsonName: camelCase(field.name), number: field.id }
  if (isMap(field)) {
    const typeName = `${type.fullName}.${entryName(field)}`
    return { ...numbered, label: 'LABEL_REPEATED', type: 'TYPE_MESSAGE', typeName }
  }
  return {
    ...numbered,
    label: field.repeated ? 'LABEL_REPEATED' : 'LABEL_OPTIONAL',
    ...typeOf(field),
    ...(field.partOf ? { oneofIndex: type.oneofsArray.indexOf(field.partOf) } : {}),
  }
}

/** All map keys of the ext_authz and health API are strings. */
const entryOf = (field: protobuf.FieldBase): object => ({
  name: entryName(field),
  options: { mapEntry: true },
  field: [
    { name: 'key', jsonName: 'key', number: 1, label: 'LABEL_OPTIONAL', type: 'TYPE_STRING' },
    { name: 'value', jsonName: 'value', number: 2, label: 'LABEL_OPTIONAL', ...typeOf(field) },
  ],
})

function typeOf({ type, resolvedType }: protobuf.FieldBase): object {
  if (resolvedType === null) return { type: `TYPE_${type.toUpperCase()}` }
  return {
    type: resolvedType instanceof protobuf.Enum ? 'TYPE_ENUM' : 'TYPE_MESSAGE',
    typeName: resolvedType.fullName,
  }
}

/** protobufjs has Google's own types built in with camel-case names. */
const protoName = ({ name }: protobuf.FieldBase): string =>
  name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

const camelCase = (name: string): string =>
  name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

const entryName = (field: protobuf.FieldBase): string => `${camelCase(`_${protoName(field)}`)}Entry`

export const enumOf = ({ name, values }: protobuf.Enum): object => ({
  name,
  value: Object.entries(values).map(([key, number]) => ({ name: key, number })),
})

export const serviceOf = ({ name, methodsArray }: protobuf.Service): object => ({
  name,
  method: methodsArray.map(methodOf),
})

const methodOf = (method: protobuf.Method): object => ({
  name: method.name,
  inputType: method.resolvedRequestType?.fullName,
  outputType: method.resolvedResponseType?.fullName,
  clientStreaming: method.requestStream === true,
  serverStreaming: method.responseStream === true,
})
