import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const COMPILER_OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  types: ['node'],
};

/** What a part of a module takes for granted, beside what these packages export. */
const GIVEN = {
  AppModule: 'class AppModule {}',
  locator: 'declare const locator: LocatorService;',
};
const PACKAGES = ['nestjs-beethoven', '@nestjs/common', '@nestjs/core'];

/**
 * The TypeScript of one page of the documentation, each example a file. One that begins with an import is a module, named by a comment in
 * its first line where others import it; any other is a part of one.
 */
export class Examples {
  /** The files of the modules, in their order. */
  readonly modules: readonly string[];
  readonly #files: readonly string[];

  private constructor(
    readonly folder: string,
    examples: readonly { readonly file: string; readonly isModule: boolean }[],
  ) {
    this.#files = examples.map(({ file }) => file);
    this.modules = examples.flatMap(({ file, isModule }) => (isModule ? [file] : []));
  }

  /**
   * @param page Its path from the root of this repository.
   * @param folder Where the files go; those that are there already stay. What they import is found from there.
   */
  static async of(page: string, folder: string): Promise<Examples> {
    mkdirSync(folder, { recursive: true });
    const text = readFileSync(join(ROOT, page), 'utf8');
    const exported = await Promise.all(PACKAGES.map(exportsOf));
    const examples = Array.from(text.matchAll(/^```ts\n(.*?)^```/gms), ([, code = ''], index) => {
      const [, named, first] = /^(?:\/\/ (\S+\.ts)\n)?(import )?/.exec(code) ?? [];
      const file = named ?? `example-${index + 1}.ts`;
      const isModule = first !== undefined;
      writeFileSync(join(folder, file), isModule ? code : completed(code, exported.flat()));
      return { file, isModule };
    });
    return new Examples(folder, examples);
  }

  /** Below the root, so that imports find the built package as a dependency. */
  static ofGuide(guide: string): Promise<Examples> {
    const folder = join(ROOT, 'dist/guides', guide);
    rmSync(folder, { recursive: true, force: true });
    return Examples.of(`docs/guides/${guide}.md`, folder);
  }

  /** What the compiler says about them; compiles the modules as well. */
  compile(options: ts.CompilerOptions = {}): string[] {
    const program = ts.createProgram(
      this.#files.map((file) => join(this.folder, file)),
      { ...COMPILER_OPTIONS, ...options },
    );
    const { diagnostics } = program.emit();
    return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(
      ({ messageText, file }) =>
        `${file?.fileName ?? ''} ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
  }

  /** Runs Node.js there. @returns what it prints; rejects with that when it fails */
  async run(...args: string[]): Promise<string> {
    try {
      const { stdout } = await promisify(execFile)(process.execPath, args, {
        cwd: this.folder,
        env: { ...process.env, VITEST: undefined, NODE_OPTIONS: undefined },
      });
      return stdout;
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      throw new Error(`${stdout}\n${stderr}`, { cause: error });
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface Exported {
  readonly name: string;
  readonly from: string;
}

async function exportsOf(from: string): Promise<Exported[]> {
  const module = (await import(from)) as Record<string, unknown>;
  return Object.keys(module).map((name) => ({ name, from }));
}

/** A module made of a part of one. */
function completed(code: string, exported: readonly Exported[]): string {
  const uses = (text: string, name: string): boolean => new RegExp(`\\b${name}\\b`).test(text);
  const given = Object.entries(GIVEN).filter(([name]) => uses(code, name));
  const text = [...given.map(([, declaration]) => declaration), code].join('\n');
  const imports = exported
    .filter(({ name }) => uses(text, name))
    .map(({ name, from }) => `import { ${name} } from '${from}';`);
  return [...imports, text, 'export {};'].join('\n');
}
