/**
 * Compiles with ts-jest, which is loaded only when there is something to compile. It brings the whole of TypeScript
 * with it, and after `compileFirst.js` no Jest worker has anything left to compile.
 */
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const { version: tsJest } = require('ts-jest/package.json');
const { version: typescript } = require('typescript/package.json');

/** Everything besides the text that affects the result. */
const COMPILER = [tsJest, typescript, readFileSync(join(__dirname, '..', 'tsconfig.json'), 'utf8')].join(
	'\0',
);

exports.createTransformer = function createTransformer(options) {
	let compiler;
	return {
		getCacheKey(text, path, { configString }) {
			const affecting = [COMPILER, configString, path, text].join('\0');
			return createHash('sha1').update(affecting).digest('hex');
		},
		process(...given) {
			compiler ??= require('ts-jest').default.createTransformer(options);
			return compiler.process(...given);
		},
	};
};
