/** `touchmark completion bash|zsh|fish`: the command tree as a script for the shell, made from the program itself. */
import { Argument } from 'commander';
import type { Command } from 'commander';
import { suggestNext, writeData } from '../io.ts';
import type { Io } from '../io.ts';

interface Node {
  /** `cert list`; empty for the program. */
  readonly path: string;
  readonly words: readonly string[];
}

const install = {
  bash: 'touchmark completion bash > ~/.local/share/bash-completion/completions/touchmark',
  zsh: 'touchmark completion zsh > ~/.zsh/completions/_touchmark    (a directory of your fpath)',
  fish: 'touchmark completion fish > ~/.config/fish/completions/touchmark.fish',
} as const;

export function addCompletionCommand(program: Command, io: Io): void {
  program
    .command('completion')
    .description('a completion script for your shell')
    .addArgument(new Argument('<shell>').choices(Object.keys(install)))
    .action((shell: keyof typeof install) => {
      const nodes = walk(program, '');
      writeData(io, shell === 'fish' ? fish(nodes) : shell === 'zsh' ? zsh(nodes) : bash(nodes));
      suggestNext(io, install[shell]);
    });
}

function walk(command: Command, path: string): Node[] {
  const options = command.options.flatMap(({ long }) => (typeof long === 'string' ? [long] : []));
  const words = [...command.commands.map((sub) => sub.name()), ...options];
  return [{ path, words }, ...command.commands.flatMap((sub) => walk(sub, `${path} ${sub.name()}`.trim()))];
}

/** Both shells: the words without options, as long as they name a command, are the key into the table. */
function bash(nodes: readonly Node[]): string {
  const cases = nodes.map(({ path, words }) => `    "${path}") words="${words.join(' ')}" ;;`);
  return `_touchmark() {
  local path="" word next words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) continue ;; esac
    next="\${path:+$path }$word"
    case "$next" in ${nodes
      .slice(1)
      .map(({ path }) => `"${path}"`)
      .join('|')}) path="$next" ;; esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _touchmark touchmark
`;
}

function zsh(nodes: readonly Node[]): string {
  return `#compdef touchmark
autoload -U +X bashcompinit && bashcompinit
${bash(nodes)}`;
}

function fish(nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ path, words }) => {
    const condition = `__touchmark_at ${path === '' ? "''" : `'${path}'`}`;
    return words.map((word) =>
      word.startsWith('--')
        ? `complete -c touchmark -n "${condition}" -l ${word.slice(2)}`
        : `complete -c touchmark -f -n "${condition}" -a ${word}`,
    );
  });
  return `function __touchmark_at
  set -l words (string match -v -- '-*' (commandline -opc)[2..-1])
  string match -q -- "$argv[1]" "$words"
end
${lines.join('\n')}
`;
}
