// Preloaded: the package of the Model Context Protocol cannot be found, as where it is not installed.
import { register } from 'node:module'

const hook = `export function resolve(name, context, next) {
  if (!name.startsWith('@modelcontextprotocol/')) return next(name, context)
  throw Object.assign(new Error("Cannot find package '" + name + "'"), { code: 'ERR_MODULE_NOT_FOUND' })
}`

register(`data:text/javascript,${encodeURIComponent(hook)}`)
