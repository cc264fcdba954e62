/** Arguments for a Node.js that runs our files as they are. */
export const TYPESCRIPT = ['--require', require.resolve('./loadTypescript.cjs')];
