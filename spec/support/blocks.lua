--- The fenced blocks of the pages, with what stands before them.

local blocks = {}

--- The pages whose blocks are run: README, those beside it, and docs/.
function blocks.pages()
  local pages = {}
  for path in assert(io.popen("ls *.md docs/*.md")):lines() do
    if path ~= "CHANGELOG.md" then pages[#pages + 1] = path end
  end
  return pages
end

local function read_lines(path)
  local lines = {}
  for line in io.lines(path) do lines[#lines + 1] = line end
  return lines
end

-- The reason in `<!-- not run: ... -->` on the lines before a block; nil where there is none.
local function reason_before(lines, first)
  local text, i = "", first - 1
  while i > 0 and lines[i] == "" do i = i - 1 end
  while i > 0 and lines[i] ~= "" do
    text = lines[i] .. " " .. text
    i = i - 1
  end
  return text:match("<!%-%- not run: (.-) *%-%->%s*$")
end

-- Whether the line is code that nothing encloses: four blanks behind an empty line.
local function is_bare_code(lines, i)
  return lines[i]:find("^    %S") and (lines[i - 1] or "") == ""
end

--- Reads the blocks of a page.
-- @treturn table an array of {page=, line=, language=, text=, reason=}. Code without a fence has
--   the language "bare"
function blocks.read(page)
  local lines, found, block = read_lines(page), {}, nil
  for i, line in ipairs(lines) do
    local indent, language = line:match("^( *)```(%w*)%s*$")
    if block and indent then
      block.text = table.concat(block.lines, "\n") .. "\n"
      found[#found + 1], block = block, nil
    elseif block then
      block.lines[#block.lines + 1] = line:gsub("^" .. block.indent, "")
    elseif indent then
      block = { page = page, line = i, language = language, indent = indent, lines = {},
        reason = reason_before(lines, i) }
    elseif is_bare_code(lines, i) then
      found[#found + 1] = { page = page, line = i, language = "bare", text = line }
    end
  end
  assert(not block, page .. ": a block has no end")
  return found
end

return blocks
