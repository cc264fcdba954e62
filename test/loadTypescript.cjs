/**
 * Lets Node.js run our files in TypeScript. `tsx` does so too, and looks at every file that is loaded, also at the two
 * thousand that belong to n8n's packages: a process that runs n8n then takes twice as long to begin.
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
// A process that is killed would never write what it has compiled.
setImmediate(() => Module.flushCompileCache());
