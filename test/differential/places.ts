/** Addresses as scenarios write them: each system has stubs of its own. */
export const stubUrl = (path: string): string => `http://\${STUB}${path}`
export const dataFile = (name: string): string => `file://\${DATA}/${name}`
