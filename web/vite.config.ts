import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { precompress } from './precompress.ts'

// `npm run dev` serves the API on 3000; `npx vite --config web/vite.config.ts` beside it serves this with hot reload.
export default defineConfig({
  root: import.meta.dirname,
  plugins: [
    react(),
    { name: 'precompress', apply: 'build', writeBundle: ({ dir }) => precompress(join(dir ?? '', 'assets')) },
  ],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    manifest: true,
    // What nearly every page loads in one file instead of forty: a browser asks one server for six at a time.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'base', minShareCount: 14 }] } } },
  },
  server: { port: 5173, proxy: { '/api': process.env.API_URL ?? 'http://localhost:3000' } },
})
