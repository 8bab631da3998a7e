-- Run by the test suite: opens the file in $MESHPROOF_FILE, waits for findings, hovers on the first, changes the text, waits until it is clean.
-- Prints one line per step and ends with `done`.
package.path = vim.env.MESHPROOF_NVIM .. '/?.lua;' .. package.path
require('meshproof').setup({ cmd = { vim.env.MESHPROOF_BIN, 'lsp' }, root_dir = vim.env.MESHPROOF_ROOT })

local function say(text)
  io.stdout:write(text .. '\n')
end

local function wait(what, ready)
  if not vim.wait(15000, ready, 20) then
    say('timeout: ' .. what)
    vim.cmd('cquit 1')
  end
end

vim.cmd('edit ' .. vim.env.MESHPROOF_FILE)
vim.cmd('set filetype=yaml')
wait('findings', function()
  return #vim.diagnostic.get(0) > 0
end)
local first = vim.diagnostic.get(0)[1]
say(string.format('found %s at %d:%d', first.code or first.user_data.lsp.code, first.lnum + 1, first.col + 1))
vim.api.nvim_win_set_cursor(0, { first.lnum + 1, first.col })
local answers = vim.lsp.buf_request_sync(0, 'textDocument/hover', vim.lsp.util.make_position_params(), 15000)
for _, answer in pairs(answers or {}) do
  say('hover ' .. vim.split(answer.result.contents.value, '\n')[1])
end
local lines = vim.api.nvim_buf_get_lines(0, 0, -1, false)
for at, line in ipairs(lines) do
  lines[at] = line:gsub('wep', 'web')
end
vim.api.nvim_buf_set_lines(0, 0, -1, false, lines)
wait('no findings', function()
  return #vim.diagnostic.get(0) == 0
end)
say('clean after the change')
vim.cmd('silent write')
say('done')
vim.cmd('qall!')
