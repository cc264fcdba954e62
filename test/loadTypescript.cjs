/**
 * Lets Node.js run our files in TypeScript, like `tsx/cjs`, which also looks into each of the two thousand files that
 * belong to n8n's packages: that costs more than to load them. Here packages are loaded by Node.js itself.
 */
const Module = require('node:module');
const { sep } = require('node:path');

const PACKAGES = `${sep}node_modules${sep}`;

const loadJavaScript = Module._extensions['.js'];
const findPackage = Module._resolveFilename;

require('tsx/cjs');

const findOurs = Module._resolveFilename;
Module._extensions['.js'] = loadJavaScript;
Module._resolveFilename = function (request, parent, ...rest) {
	const find = parent?.filename?.includes(PACKAGES) ? findPackage : findOurs;
	return find.call(this, request, parent, ...rest);
};
Module.setSourceMapsSupport(true, { nodeModules: false });
Module.enableCompileCache();
// A process that is killed would never write what it has compiled.
setImmediate(() => Module.flushCompileCache());
