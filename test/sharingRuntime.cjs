/**
 * Loads every module that a test file imports once per process, with Node's own `require`. Jest would load and
 * compile them again for each file: two thousand of n8n's, and hundreds of ours.
 */
const Module = require('node:module');

const Runtime = require('jest-runtime').default;

/** The source maps of shared files, by path. */
const sourceMaps = new Map();

/** Those of the test file that is running. */
let current = new Map();

/** Each file's own `require`. */
const requires = new Map();

function requireFrom(file) {
	if (!requires.has(file)) requires.set(file, Module.createRequire(file));
	return requires.get(file);
}

/** Jest compiles our files also if Node loads them. */
function compileAsJest(transformer, options) {
	Module._extensions['.ts'] = (module, file) => {
		const { code, sourceMapPath } = transformer.transform(file, options);
		if (sourceMapPath) for (const maps of [sourceMaps, current]) maps.set(file, sourceMapPath);
		module._compile(code, file);
	};
}

exports.__esModule = true;
exports.default = class SharingRuntime extends Runtime {
	constructor(...given) {
		super(...given);
		const [config, , , transformer, , , , { watch, watchAll }] = given;
		// While Jest watches, our files change and one process may run them again.
		this.sharesOurFiles = !watch && !watchAll && config.testEnvironmentOptions.sharesOurFiles !== false;
		compileAsJest(transformer, this._getFullTransformationOptions());
	}

	requireModuleOrMock(from, name) {
		return this.isShared(name) ? requireFrom(from)(name) : super.requireModuleOrMock(from, name);
	}

	/** Jest's own packages, too: without what they compile and learn, each assertion of each file is slow anew. */
	requireInternalModule(from, name) {
		const isPackage = name && !/^[./]/.test(name);
		return isPackage ? requireFrom(from)(name) : super.requireInternalModule(from, name);
	}

	isShared(name) {
		if (Module.isBuiltin(name)) return false;
		return this.sharesOurFiles || !name.startsWith('.');
	}

	getSourceMaps() {
		current = super.getSourceMaps();
		for (const [file, path] of sourceMaps) current.set(file, path);
		return current;
	}
};
