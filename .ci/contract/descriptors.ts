/**
 * File descriptors that reflection clients can resolve: one file per package, with its imports, absolute type
 * names and map entries. (The descriptors that protobufjs writes have none of the three.)
 */
import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor/index.js'
import { enumOf, messageOf, serviceOf } from './message-descriptors.ts'

type Declared = protobuf.Type | protobuf.Enum | protobuf.Service

/** Every package of the resolved root as an encoded FileDescriptorProto. */
export const fileDescriptors = (root: protobuf.Root): Buffer[] =>
  packagesOf(root).map(found => {
    const file = descriptor.FileDescriptorProto.fromObject(fileOf(found))
    return Buffer.from(descriptor.FileDescriptorProto.encode(file).finish())
  })

function packagesOf(namespace: protobuf.NamespaceBase): protobuf.NamespaceBase[] {
  const inner = namespace.nestedArray.filter(isPackage).flatMap(packagesOf)
  return declaredIn(namespace).length > 0 ? [namespace, ...inner] : inner
}

const isPackage = (object: protobuf.ReflectionObject): object is protobuf.Namespace =>
  object instanceof protobuf.Namespace && !isDeclared(object)

const isDeclared = (object: protobuf.ReflectionObject): object is Declared =>
  object instanceof protobuf.Type ||
  object instanceof protobuf.Enum ||
  object instanceof protobuf.Service

const declaredIn = (namespace: protobuf.NamespaceBase): Declared[] =>
  namespace.nestedArray.filter(isDeclared)

const nameOf = ({ fullName }: protobuf.ReflectionObject): string => fullName.slice(1)

const fileNameOf = (found: protobuf.ReflectionObject): string =>
  `${nameOf(found).replaceAll('.', '/')}.proto`

const only = <Kind extends Declared>(
  found: protobuf.NamespaceBase,
  kind: abstract new (...parameters: never[]) => Kind,
): Kind[] => found.nestedArray.filter((object): object is Kind => object instanceof kind)

const fileOf = (found: protobuf.NamespaceBase): object => ({
  name: fileNameOf(found),
  package: nameOf(found),
  syntax: 'proto3',
  dependency: importsOf(found),
  messageType: only(found, protobuf.Type).map(messageOf),
  enumType: only(found, protobuf.Enum).map(enumOf),
  service: only(found, protobuf.Service).map(serviceOf),
})

function importsOf(found: protobuf.NamespaceBase): string[] {
  const files = declaredIn(found).flatMap(referencedBy).map(packageOf).map(fileNameOf)
  return [...new Set(files)].filter(name => name !== fileNameOf(found))
}

function packageOf(object: protobuf.ReflectionObject): protobuf.ReflectionObject {
  let found = object
  while (isDeclared(found) && found.parent !== null) found = found.parent
  return found
}

type Reference = protobuf.Type | protobuf.Enum

const isThere = (type: Reference | null): type is Reference => type !== null

function referencedBy(object: Declared): Reference[] {
  if (object instanceof protobuf.Enum) return []
  if (object instanceof protobuf.Service) return object.methodsArray.flatMap(messagesOf)
  const own = object.fieldsArray.map(({ resolvedType }) => resolvedType).filter(isThere)
  return [...own, ...only(object, protobuf.Type).flatMap(referencedBy)]
}

const messagesOf = ({ resolvedRequestType, resolvedResponseType }: protobuf.Method): Reference[] =>
  [resolvedRequestType, resolvedResponseType].filter(type => type !== null)
