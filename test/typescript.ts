/** Arguments that make Node.js run our TypeScript files. */
export const TYPESCRIPT = ['--require', require.resolve('./loadTypescript.cjs')];
