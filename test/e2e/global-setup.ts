import { buildWebApp } from './build-web.ts'

/** Builds the web app once, before the first file: two that find it stale would build it under one another. */
export default buildWebApp
