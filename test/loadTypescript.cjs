/**
 * Lets Node.js run our TypeScript files. `tsx` does so too, but it inspects every file that is loaded, including
 * the two thousand of n8n's packages, and doubles the start time of a process that runs n8n.
 */
const Module = require('node:module');

const { version } = require('esbuild/package.json');

const compileOnce = require('./compileOnce.cjs');

function compile(source, sourcefile) {
	const { transformSync } = require('esbuild');
	const options = { loader: 'ts', format: 'cjs', platform: 'node', target: 'es2022', sourcemap: 'inline' };
	return transformSync(source, { ...options, sourcefile }).code;
}

Module._extensions['.ts'] = (module, file) => {
	module._compile(
		compileOnce(file, `esbuild ${version}`, (source) => compile(source, file)),
		file,
	);
};
Module.setSourceMapsSupport(true, { nodeModules: false });
Module.enableCompileCache();
// Flush early: a process that is killed would never write its compile cache.
setImmediate(() => Module.flushCompileCache());
