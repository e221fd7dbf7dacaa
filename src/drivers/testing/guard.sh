#!/bin/sh
# Stands between a test process and a server: guard.sh FOLDER SIGNAL COMMAND...
# Words on its input: `start` runs the command, `end SIG` sends it a signal. It says `ended STATUS` when the command has
# ended. At the end of its input, which comes with the end of the test process, however that ends, it sends SIGNAL,
# waits, and removes FOLDER. The output of the command goes to FOLDER/log.
folder=$1 signal=$2
shift 2

end() {
  if [ ! -s "$folder/pid" ]; then return; fi
  kill -s "$1" "$(cat "$folder/pid")" 2>/dev/null
  # One that is stopped would hear it only when it goes on.
  kill -s CONT "$(cat "$folder/pid")" 2>/dev/null
}

while read -r word argument; do
  case $word in
    start)
      rm -f "$folder/pid"
      (
        # shellcheck disable=SC2016
        sh -c 'log=$1/log; echo $$ >"$1/pid"; shift; exec "$@" >>"$log" 2>&1' sh "$folder" "$@"
        status=$?
        rm -f "$folder/pid"
        echo "ended $status"
      ) </dev/null &
      # Its end must find the pid, however soon it comes.
      until [ -s "$folder/pid" ] || [ -s "$folder/log" ]; do sleep 0.01; done
      ;;
    end) end "$argument" ;;
  esac
done

end "$signal"
wait
cd / || exit
rm -rf "$folder"
